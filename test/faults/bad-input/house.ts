import { randomUUID } from 'node:crypto'
import { type Caller, createGuard, type Guard, type Ledger, memorySource, openLedger } from '@tidegate/guard'
import type { SqlDatabase } from '@tidegate/guard/sql'
import { openMemoryPglite } from '@tidegate/guard/testing'
import {
  AccountId,
  Actor,
  Cause,
  CollectionName,
  ContentHash,
  type GuardApi,
  ItemId,
  PROTOCOL_VERSION,
  Proposal,
  ResourceId,
  type Role,
} from '@tidegate/protocol'
import { PretendClock } from '@tidegate/protocol/testing'

const START_WALL_MS = 1_700_000_000_000
export const ann = AccountId.parse('ann')
export const messages = CollectionName.parse('messages')
const allRoles: readonly Role[] = ['emitter', 'author', 'approver', 'operator', 'viewer']
const staff = (name: string, roles: readonly Role[]): Caller => ({ kind: 'staff', actor: Actor.parse(name), roles })

/** Who holds which key; any other key is nobody's. */
const CALLERS: Readonly<Record<string, Caller>> = {
  ann: { kind: 'client', accountId: ann },
  ben: { kind: 'client', accountId: AccountId.parse('ben') },
  olga: staff('olga', allRoles),
  otto: staff('otto', allRoles),
  idle: staff('idle', []),
}

export function callerOf(key: string | undefined): Caller | null {
  return key !== undefined && Object.hasOwn(CALLERS, key) ? (CALLERS[key] ?? null) : null
}

/** A guard on a real ledger in PGlite, over a source of two accounts, whose clocks are in the test's hand. */
export interface House extends AsyncDisposable {
  readonly guard: Guard
  readonly ledger: Ledger
  readonly database: SqlDatabase
  readonly olga: GuardApi
  /** May do all that she may, so that neither has to approve what is her own. */
  readonly otto: GuardApi
  readonly clock: PretendClock
  /** What the guard calls now, milliseconds since 1970. */
  wallNowMs: number
  /** How far that goes with every look at it, milliseconds: 0 until a test says otherwise. */
  wallStepMs: number
  /** What the guard logged as its own failures. */
  readonly errors: string[]
}

export async function openHouse(): Promise<House> {
  const database = await openMemoryPglite()
  const resourceId = ResourceId.parse('shard-1')
  const resources = { resources: [{ resourceId, capacityBytesPerSecond: 1e12 }], resourceOf: () => resourceId }
  const ledger = await openLedger({ database, resources, newId: randomUUID })
  const source = memorySource({ collections: ['messages', 'bodies'], salt: 'pepper' })
  for (const name of ['ann', 'ben']) source.write(AccountId.parse(name), 'messages', Array.from({ length: 50 }, item))
  const clock = new PretendClock(5_000)
  const errors: string[] = []
  const house = { database, ledger, clock, errors, wallNowMs: START_WALL_MS, wallStepMs: 0 }
  const guard = await createGuard({
    ledger,
    source,
    resources,
    clock,
    wallNowMs: () => {
      house.wallNowMs += house.wallStepMs
      return house.wallNowMs
    },
    log: ({ level, message, error }) => {
      if (level === 'error') errors.push(`${message}: ${error instanceof Error ? (error.stack ?? error.message) : ''}`)
    },
  })
  // A node begins with nothing to let draw; after a second it has all that these tests ask for.
  await clock.advance(1_000)
  return Object.assign(house, {
    guard,
    olga: guard.api(callerOf('olga')),
    otto: guard.api(callerOf('otto')),
    async [Symbol.asyncDispose]() {
      await guard[Symbol.asyncDispose]()
      await database.close()
    },
  })
}

/** Proposes for some accounts, judged and known to the node. */
export async function proposeTo(house: House, causeId: string, accountIds: readonly string[]) {
  const [signalId] = await proposeAll(house, causeId, [accountIds])
  if (!signalId) throw new Error(`Nothing was proposed for ${causeId}`)
  return signalId
}

/** The same for several audiences of one cause. @returns their signals, in order */
export async function proposeAll({ olga, guard }: House, causeId: string, audiences: readonly (readonly string[])[]) {
  await olga.registerCause(Cause.parse({ causeId, kind: 'migration', title: causeId, owner: 'mail-team' }))
  const proposals = audiences.map((accountIds) =>
    Proposal.parse({
      protocol: PROTOCOL_VERSION,
      idempotencyKey: randomUUID(),
      causeId,
      scope: { kind: 'collections', collections: [{ collection: 'messages' }] },
      audience: { accounts: { kind: 'named', accountIds } },
      expiresInMs: 86_400_000,
    }),
  )
  const signalIds = []
  for (const proposal of proposals) signalIds.push((await olga.propose(proposal)).signalId)
  await guard.refresh()
  return signalIds
}

function item(_: unknown, ordinal: number) {
  return {
    kind: 'upsert' as const,
    item: {
      id: ItemId.parse(`message-${ordinal}`),
      ordinal,
      revision: 1,
      contentHash: ContentHash.parse(`hash-${ordinal}`),
      payloadBytes: 1_000,
      payload: 'mail',
    },
  }
}
