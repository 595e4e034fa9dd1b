import { type LargeAudience, LargeAudienceBuilder, type SignalRecord } from '@tidegate/guard/testing'
import { CauseId, SignalId } from '@tidegate/protocol'

export const MILLION = 1_000_000

/** As a node holds the million after reading them: nothing of the ids is left. */
export function millionAccounts(signalId: string): LargeAudience {
  const builder = new LargeAudienceBuilder({ signalId, accountCount: MILLION, key: { low: 0x5eed, high: 0xfeed } })
  for (let at = 0; at < MILLION; at++) builder.add(crypto.randomUUID())
  return builder.build()
}

/** A held signal with canaries, unless something else is said. */
export function aRecord(overrides: Partial<SignalRecord> = {}): SignalRecord {
  return {
    signalId: SignalId.parse(crypto.randomUUID()),
    version: 1,
    causeId: CauseId.parse('labels-2023-07'),
    causeKind: 'migration',
    causeTitle: 'Renumber labels',
    action: 'verify',
    scope: { kind: 'account' },
    reason: 'labels were renumbered',
    state: 'held',
    filter: {},
    audienceAccounts: new Set(),
    namedAccounts: new Set(Array.from({ length: 20 }, () => crypto.randomUUID())),
    judgedAtMs: 0,
    expiresAtMs: Number.MAX_SAFE_INTEGER,
    release: null,
    pausedUntilMs: 0,
    supersedes: [],
    ...overrides,
  }
}

/** Approved for everyone in its audience, all of it out. */
export function allOut(): NonNullable<SignalRecord['release']> {
  return {
    plan: {
      verifyWindowMs: 0,
      windowMs: 0,
      stages: [{ share: 1, bakeMs: 0, gate: { minReportCount: 0, maxFailureRatio: 1 } }],
    },
    stageIndex: 0,
    stageStartsAtMs: [0],
    approvedBy: 'olga',
    approvedBecause: 'measured',
  }
}
