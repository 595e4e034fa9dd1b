import { ClientIdentity, MAX_TOLD_SIGNALS, SignalId } from '@tidegate/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inForce } from './in-force.ts'
import { LargeAudienceBuilder } from './large-audience.ts'
import { SignalIndex } from './signal-index.ts'
import type { SignalRecord } from './signal-record.ts'

const client = ClientIdentity.parse({ clientId: 'phone', clientClass: 'mobile', appVersion: '5.0.38' })

test('an account outside all audiences has nothing in force', () => {
  const index = new SignalIndex([aRecord({ namedAccounts: new Set(['ann']) })])
  expect(index.inForceFor({ accountId: 'ben', client, nowMs: 1 })).toEqual([])
})

test('a signal at another version than asked for is not found', () => {
  const index = new SignalIndex([aRecord({ version: 2, namedAccounts: new Set(['ann']) })])
  const who = { accountId: 'ann', client, nowMs: 1 }
  expect(index.find({ signalId: 'signal-1', version: 1 }, who)).toBeNull()
  expect(index.find({ signalId: 'signal-1', version: 2 }, who)).not.toBeNull()
})

test('of very many signals the newest are told', () => {
  const records = Array.from({ length: 30 }, (_, at) =>
    aRecord({ signalId: SignalId.parse(`signal-${at}`), judgedAtMs: at, namedAccounts: new Set(['ann']) }),
  )
  const told = new SignalIndex(records).inForceFor({ accountId: 'ann', client, nowMs: 1000 })
  expect(told).toHaveLength(MAX_TOLD_SIGNALS)
  expect(told[0]?.record.signalId).toBe('signal-29')
})

test('what a client has completed makes room for older ones, unless it has a newer version by now', () => {
  const records = Array.from({ length: 17 }, (_, at) =>
    aRecord({ signalId: SignalId.parse(`signal-${at}`), judgedAtMs: at, namedAccounts: new Set(['ann']), version: 2 }),
  )
  const index = new SignalIndex(records)
  const who = { accountId: 'ann', client, nowMs: 1000 }
  const completed = index.inForceFor(who).map(({ record: { signalId, version } }) => ({ signalId, version }))
  const told = (leftOut: typeof completed) => index.inForceFor(who, leftOut).map(({ record }) => record.signalId)
  expect(completed).toHaveLength(16)
  expect(told(completed)).toEqual(['signal-0'])
  const older = completed.map((each) => ({ ...each, version: 1 }))
  expect(told(older)).toEqual(completed.map(({ signalId }) => signalId))
})

test('the index tells exactly what going through every signal would (G1)', () => {
  const accountId = fc.constantFrom('ann', 'ben', 'cem')
  const accounts = fc.uniqueArray(accountId).map((ids) => new Set(ids))
  const wide = new Set(['ann', ...Array.from({ length: 2000 }, (_, at) => `neighbour-${at}`)])
  const large = new LargeAudienceBuilder({ signalId: 's1', accountCount: 3, key: { low: 1, high: 2 } })
  large.add('ann')
  large.add('cem')
  const record = fc
    .record({
      state: fc.constantFrom('held', 'released', 'paused', 'rejected', 'revoked', 'expired'),
      namedAccounts: accounts,
      audienceAccounts: fc.oneof(accounts, fc.constantFrom(wide, large.build(), null)),
      release: fc.constantFrom(null, aRelease(0.4), aRelease(1)),
      expiresAtMs: fc.integer({ min: 0, max: 20_000 }),
    })
    .map((overrides) => (id: number) => aRecord({ ...overrides, signalId: SignalId.parse(`signal-${id}`) }))
  fc.assert(
    fc.property(
      fc.array(record, { maxLength: 12 }),
      accountId,
      fc.integer({ min: 0, max: 20_000 }),
      (make, asks, nowMs) => {
        const records = make.map((each, at) => each(at))
        const who = { accountId: asks, client, nowMs }
        const told = new SignalIndex(records).inForceFor(who).map((each) => each.record.signalId)
        const expected = records.filter((each) => inForce(each, who)).map((each) => each.signalId)
        expect([...told].sort()).toEqual([...expected].sort())
      },
    ),
  )
})

function aRelease(share: number): SignalRecord['release'] {
  return {
    plan: {
      verifyWindowMs: 1_000,
      windowMs: 5_000,
      stages: [
        { share, bakeMs: 0, gate: { minReportCount: 1, maxFailureRatio: 0 } },
        ...(share < 1 ? [{ share: 1, bakeMs: 0, gate: { minReportCount: 1, maxFailureRatio: 0 } }] : []),
      ],
    },
    stageIndex: 0,
    stageStartsAtMs: [1_000],
    approvedBy: 'olga',
    approvedBecause: 'looked at it',
  }
}

function aRecord(overrides: Partial<SignalRecord> = {}): SignalRecord {
  return {
    signalId: SignalId.parse('signal-1'),
    version: 1,
    causeId: 'cause-1' as SignalRecord['causeId'], // a valid id, written here
    causeKind: 'migration',
    causeTitle: 'July migration',
    action: 'verify',
    scope: { kind: 'account' },
    reason: 'flags were rewritten',
    state: 'held',
    filter: {},
    audienceAccounts: null,
    namedAccounts: new Set(),
    judgedAtMs: 0,
    expiresAtMs: 1_000_000,
    pausedUntilMs: 0,
    supersedes: [],
    release: null,
    ...overrides,
  }
}
