import { CauseId, CollectionName, type Manifest } from '@tidegate/protocol'
import { audienceFigures } from '../audience-tally.ts'
import type { AudienceAccount } from '../canaries.ts'
import { leftOfBoth, NOTHING_SPENT } from '../credit.ts'
import { LEDGER_DEFAULTS } from '../ledger-settings.ts'
import type { ProposedSignal, ResourceLoad, VerdictFacts } from './rule.ts'

/** Builders for tests and rule pages: facts in which nothing is wrong, until something is overridden. */

const DAY_MS = 86_400_000
export const NOW_MS = 100 * DAY_MS

export function anAudience(count: number, overrides: Partial<AudienceAccount> = {}): AudienceAccount[] {
  return Array.from({ length: count }, (_, at) => ({
    accountId: `a${at}`,
    resourceId: `shard-${at % 4}`,
    predictedBytes: 4_800_000,
    isResting: false,
    isListening: true,
    ...overrides,
  }))
}

export function aSignal(overrides: Partial<ProposedSignal> = {}): ProposedSignal {
  return {
    signalId: 's1',
    causeId: 'labels-2023-07',
    action: 'refetch',
    scope: { kind: 'account' },
    isEveryone: false,
    filter: {},
    reason: 'labels were renumbered',
    expiresInMs: 7 * DAY_MS,
    proposedAtMs: NOW_MS,
    proposalCount: 1,
    malformedBecause: null,
    ...overrides,
  }
}

/** A shard of 100 MB/s with nothing else to do. */
export function aLoad(overrides: Partial<ResourceLoad> = {}): ResourceLoad {
  return {
    resourceId: 'shard-0',
    capacityBytesPerSecond: 100_000_000,
    earlierBytes: 0,
    releasingBytes: 0,
    otherHeldCauseCount: 0,
    ...overrides,
  }
}

/** The four shards of {@link anAudience}, the third one loaded. */
export function shards(third: Partial<ResourceLoad>): ResourceLoad[] {
  return [0, 1, 2, 3].map((at) => aLoad({ resourceId: `shard-${at}`, ...(at === 2 && third) }))
}

/** Three accounts unless `audience` says others, a credit of 20 and a global one of 100. */
export function theFacts(
  overrides: Partial<Omit<VerdictFacts, 'cause' | 'signal' | 'audience'>> & {
    signal?: Partial<ProposedSignal>
    cause?: Partial<VerdictFacts['cause']>
    audience?: readonly AudienceAccount[]
  } = {},
): VerdictFacts {
  const { audience = anAudience(3), ...rest } = overrides
  const signal = aSignal(overrides.signal)
  const cause = {
    isRegistered: true,
    manifest: null,
    credit: { accountCount: 20, bytesPerResource: 360_000_000 },
    spent: NOTHING_SPENT,
    earlierProposalCount: 0,
    earlierAccountCount: 0,
    accountCount: audience.length,
    window: null,
    earlierScopes: { collections: [], wholeAccountCount: 0 },
    recent: { earlierInMinute: 0, inMinute: audience.length, earlierInDay: 0, inDay: audience.length },
    revoked: null,
    ...overrides.cause,
  }
  const global = { credit: { accountCount: 100, bytesPerResource: 1_800_000_000 }, spent: NOTHING_SPENT }
  const figures = audienceFigures(audience, {
    signalId: signal.signalId,
    ...leftOfBoth(cause, overrides.global ?? global),
  })
  return {
    nowMs: NOW_MS,
    settings: LEDGER_DEFAULTS,
    global,
    loads: figures.byResource.map(({ resourceId }) => aLoad({ resourceId })),
    ...rest,
    signal,
    cause,
    audience: figures,
  }
}

export function aManifest(overrides: Partial<Manifest> = {}): Manifest {
  return {
    manifestVersion: 1,
    causeId: CauseId.parse('labels-2023-07'),
    actions: ['verify'],
    wholeAccount: false,
    collections: [CollectionName.parse('messages')],
    proposalCount: 1,
    accountCount: 3,
    sourceSha256: '0'.repeat(64),
    ...overrides,
  }
}

/** For each rule, facts that break it and nothing else that matters to its page. */
export const EXAMPLES: Readonly<Record<string, VerdictFacts>> = {
  TG001: theFacts({ audience: anAudience(5000), cause: { isRegistered: false } }),
  TG002: theFacts({ audience: anAudience(5000), cause: { manifest: aManifest() } }),
  TG003: theFacts({ signal: { expiresInMs: null } }),
  TG004: theFacts({ audience: anAudience(5000), signal: { reason: null } }),
  TG005: theFacts({ audience: anAudience(5000) }),
  TG006: theFacts({ audience: anAudience(16, { predictedBytes: 120_000_000 }) }),
  TG007: theFacts({
    audience: anAudience(5000),
    global: {
      credit: { accountCount: 100, bytesPerResource: 1_800_000_000 },
      spent: { accountCount: 92, bytesByResource: new Map() },
    },
  }),
  TG008: theFacts({
    audience: anAudience(20),
    global: {
      credit: { accountCount: 100, bytesPerResource: 1_800_000_000 },
      spent: { accountCount: 12, bytesByResource: new Map([['shard-2', 1_790_000_000]]) },
    },
  }),
  TG009: theFacts({ audience: [...anAudience(2, { isResting: true }), ...anAudience(1)] }),
  TG010: theFacts({ audience: [], signal: { malformedBecause: 'Invalid option: expected one of "verify"|"refetch"' } }),
  TG011: theFacts({ audience: anAudience(12), signal: { isEveryone: true } }),
  TG012: theFacts({ audience: anAudience(80_000), loads: shards({ earlierBytes: 2_000_000_000 }) }),
  TG013: theFacts({ audience: anAudience(5000), loads: shards({ releasingBytes: 300_000_000_000 }) }),
  TG014: theFacts({ cause: { earlierScopes: { collections: ['labels', 'messages'], wholeAccountCount: 0 } } }),
  TG015: theFacts({ audience: anAudience(5000), signal: { reason: null } }),
  TG016: theFacts({ cause: { window: { fromMs: NOW_MS - 7_200_000, untilMs: NOW_MS - 180_000 } } }),
  TG018: theFacts({ loads: shards({ otherHeldCauseCount: 3 }).slice(0, 3) }),
  TG019: theFacts({ cause: { recent: { earlierInMinute: 0, inMinute: 3, earlierInDay: 999, inDay: 1002 } } }),
  TG020: theFacts({ cause: { recent: { earlierInMinute: 98, inMinute: 101, earlierInDay: 98, inDay: 101 } } }),
  TG023: theFacts({
    cause: { revoked: { atMs: NOW_MS - 300_000, by: 'olga', because: 'it tells everybody to reset' } },
  }),
}
