import { CauseId, CollectionName, type Manifest } from '@tidegate/protocol'
import { audienceFigures } from '../audience-tally.ts'
import type { AudienceAccount } from '../canaries.ts'
import { leftOfBoth, NOTHING_SPENT } from '../credit.ts'
import { LEDGER_DEFAULTS } from '../ledger-settings.ts'
import type { ProposedSignal, VerdictFacts } from './rule.ts'

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
    ...overrides.cause,
  }
  const global = { credit: { accountCount: 100, bytesPerResource: 1_800_000_000 }, spent: NOTHING_SPENT }
  return {
    nowMs: NOW_MS,
    settings: LEDGER_DEFAULTS,
    global,
    ...rest,
    signal,
    cause,
    audience: audienceFigures(audience, {
      signalId: signal.signalId,
      ...leftOfBoth(cause, overrides.global ?? global),
    }),
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
  TG015: theFacts({ audience: anAudience(5000), signal: { reason: null } }),
}
