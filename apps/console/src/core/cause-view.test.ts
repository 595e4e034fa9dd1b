import { CauseStatus } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import { endedCauses, heldCauses, releasedCauses } from './cause-view.ts'

interface SignalOverrides {
  readonly signalId?: string
  readonly state?: string
  readonly proposedAtMs?: number
  readonly audienceAccountCount?: number
  readonly inForceAccountCount?: number
  readonly ruleIds?: readonly string[]
}

/** `unlisted` more held signals like the first are in the totals and not in the list. */
function aCause(causeId: string, signals: readonly SignalOverrides[], unlisted = 0): CauseStatus {
  const all = [...signals, ...Array.from({ length: unlisted }, (): SignalOverrides => ({ proposedAtMs: 2 }))]
  const states = [...new Set(all.map(({ state = 'held' }) => state))]
  return CauseStatus.parse({
    cause: { causeId, kind: 'migration', title: causeId, owner: 'mail-backend' },
    isRegistered: true,
    credit: { accountCount: 20, bytesPerResource: 1000 },
    creditSpentAccountCount: 20,
    totals: states.map((state) => {
      const those = all.filter((signal) => (signal.state ?? 'held') === state)
      const sum = (of: (signal: SignalOverrides) => number) => those.reduce((total, signal) => total + of(signal), 0)
      return {
        state,
        signalCount: those.length,
        firstProposedAtMs: Math.min(...those.map((signal) => signal.proposedAtMs ?? 1000)),
        audienceAccountCount: sum((signal) => signal.audienceAccountCount ?? 5000),
        inForceAccountCount: sum((signal) => signal.inForceAccountCount ?? 20),
        predicted: [{ resourceId: 'shard-1', accountCount: 5000 * those.length, payloadBytes: 7 * those.length }],
      }
    }),
    signals: signals.map((signal, at) => ({
      signalId: signal.signalId ?? `${causeId}-${at}`,
      causeId,
      state: signal.state ?? 'held',
      action: 'verify',
      scope: { kind: 'account' },
      reason: 'the same reason',
      proposedAtMs: signal.proposedAtMs ?? 1000,
      expiresInMs: null,
      verdict: {
        kind: 'hold',
        findings: (signal.ruleIds ?? []).map((ruleId) => ({
          ruleId,
          severity: ruleId === 'TG009' ? 'note' : 'hold',
          message: 'too many',
          evidence: {},
          doInstead: 'fewer',
        })),
        canaryAccountCount: 20,
        heldAccountCount: 4980,
      },
      audienceAccountCount: signal.audienceAccountCount ?? 5000,
      inForceAccountCount: signal.inForceAccountCount ?? 20,
      predicted: [{ resourceId: 'shard-1', accountCount: 5000, payloadBytes: 7 }],
      release: null,
      reports: { begun: 0, consistent: 0, resynced: 0, declined: 0, stopped: 0, stuck: 0, failed: 0 },
    })),
  })
}

test('what waits longest for a decision stands first, so that a new hold pushes nothing down', () => {
  const causes = [aCause('new', [{ proposedAtMs: 9 }]), aCause('old', [{ proposedAtMs: 3 }])]
  expect(heldCauses(causes).map((cause) => cause.causeId)).toEqual(['old', 'new'])
})

test('a cause with signals in several states is listed once for each', () => {
  const causes = [aCause('c', [{ state: 'held' }, { state: 'paused' }, { state: 'revoked' }])]
  expect(heldCauses(causes)[0]?.signals).toHaveLength(1)
  expect(releasedCauses(causes)[0]?.signals).toHaveLength(1)
  expect(endedCauses(causes)[0]?.signals).toHaveLength(1)
})

test('the counts of one signal are exact, those of several only an upper bound', () => {
  expect(heldCauses([aCause('c', [{}])])[0]).toMatchObject({
    audience: { count: 5000, isExact: true },
    held: { count: 4980, isExact: true },
  })
  expect(heldCauses([aCause('c', [{}, {}])])[0]?.held).toEqual({ count: 9960, isExact: false })
})

test('a rule found in many signals is told once, holds before notes', () => {
  const causes = [aCause('c', [{ ruleIds: ['TG009', 'TG005'] }, { ruleIds: ['TG005'] }])]
  expect(heldCauses(causes)[0]?.findings.map((finding) => [finding.ruleId, finding.signalCount])).toEqual([
    ['TG005', 2],
    ['TG009', 1],
  ])
})

test('loads of several signals add up per resource', () => {
  expect(heldCauses([aCause('c', [{}, {}])])[0]?.loads).toEqual([
    { resourceId: 'shard-1', accountCount: 10_000, payloadBytes: 14 },
  ])
})

test('signals that the status does not list are in every figure, and told as more', () => {
  const [cause] = heldCauses([aCause('c', [{ ruleIds: ['TG005'] }], 4001)])
  expect(cause).toMatchObject({
    unlistedSignalCount: 4001,
    audience: { count: 4002 * 5000, isExact: false },
    inForce: { count: 4002 * 20, isExact: false },
    loads: [{ resourceId: 'shard-1', accountCount: 4002 * 5000, payloadBytes: 4002 * 7 }],
    firstProposedAtMs: 2,
  })
  expect(cause?.findings[0]).toMatchObject({ signalCount: 1, isExact: false })
  expect(heldCauses([aCause('c', [], 3)])[0]?.signals).toEqual([])
})
