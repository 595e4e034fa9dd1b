import {
  ALL_ORDINALS,
  DIGEST_ALGORITHM,
  type DigestScheme,
  Item,
  type ItemHead,
  PROTOCOL_VERSION,
  Report,
  SignalId,
} from '@tidegate/protocol'
import type { Cache, Changes, CompletedSignal, Page, ResyncAttempt, SetAsideSignal } from '../cache.ts'

/** @returns a scheme that is comparable with those of the same name only */
export function aScheme(name = 'sea'): DigestScheme {
  return { algorithm: DIGEST_ALGORITHM, saltId: name, salt: `salt of the ${name}` }
}

export function anItem(ordinal: number, overrides: { readonly [Field in keyof Item]?: unknown } = {}): Item {
  const made = { id: `mail-${ordinal}`, ordinal, revision: 1, contentHash: `hash-${ordinal}`, payloadBytes: 100 }
  return Item.parse({ ...made, payload: { subject: `Mail ${ordinal}` }, ...overrides })
}

export function headOf({ payload: _payload, ...head }: Item): ItemHead {
  return head
}

export function someChanges(overrides: Partial<Changes> = {}): Changes {
  return { collection: 'mail', upserts: [], deletes: [], fromSeq: null, toSeq: 1, ...overrides }
}

export function aPage(overrides: Partial<Page> = {}): Page {
  return { collection: 'mail', upserts: [], unchanged: [], deletes: [], ...overrides }
}

export function anAttempt(overrides: Partial<ResyncAttempt> = {}): ResyncAttempt {
  return {
    signalId: SignalId.parse('signal-1'),
    version: 1,
    attemptCount: 1,
    appliedItemCount: 0,
    appliedBytes: 0,
    ...overrides,
  }
}

export function aCompletedSignal(name: string, version = 1): CompletedSignal {
  return { signalId: SignalId.parse(name), version }
}

export function aSetAsideSignal(name: string, version = 1): SetAsideSignal {
  return { ...aCompletedSignal(name, version), why: 'stuck' }
}

export function aReport(name: string, overrides: Partial<Report> = {}): Report {
  const client = { clientId: 'anna-phone', clientClass: 'mobile', appVersion: '1.0' }
  return {
    ...Report.parse({
      protocol: PROTOCOL_VERSION,
      reportKey: `report of ${name}`,
      client,
      signalId: name,
      outcome: 'resynced',
      fetchedItemCount: 12,
      fetchedBytes: 34_000,
      elapsedMs: 5_600,
      cachedBytes: 78_000,
      missingIds: ['mail-1'],
    }),
    ...overrides,
  }
}

export function ids(items: readonly { readonly id: string }[]): readonly string[] {
  return items.map(({ id }) => id)
}

/** Everything a cache holds of `collections`, to tell whether anything changed. */
export async function everythingIn(cache: Cache, collections: readonly string[] = ['mail']): Promise<unknown> {
  const held = collections.map(async (collection) => {
    const state = await cache.state(collection)
    const digests = state.scheme ? await cache.digests(collection, [ALL_ORDINALS]) : null
    return { collection, state, digests, items: await cache.list(collection) }
  })
  return {
    held: await Promise.all(held),
    cachedBytes: await cache.cachedBytes(),
    pending: await cache.pendingWrites(),
    attempt: await cache.attempt(),
    completed: await cache.completed(),
    setAside: await cache.setAsideSignals(),
    unsent: await cache.unsentReports(),
  }
}
