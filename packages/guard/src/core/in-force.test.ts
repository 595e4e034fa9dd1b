import { CauseId, ClientIdentity, position, Scope, SignalId, SignalState } from '@tidegate/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { aPlan, MINUTE_MS } from '../testing/a-ledger.ts'
import { inForce, isReleasedTo } from './in-force.ts'
import { nextStage, startRelease } from './release.ts'
import type { ReleaseRecord, SignalRecord } from './signal-record.ts'

const START_MS = 1_000_000
const approved = { approvedBy: 'ada', approvedBecause: 'fine' }

function aRecord(overrides: Partial<SignalRecord> = {}): SignalRecord {
  return {
    signalId: SignalId.parse('s1'),
    version: 1,
    causeId: CauseId.parse('labels-2023-07'),
    causeKind: 'migration',
    causeTitle: 'Labels',
    action: 'verify',
    scope: Scope.parse({ kind: 'account' }),
    reason: 'labels were renumbered',
    state: 'released',
    filter: {},
    audienceAccounts: null,
    namedAccounts: new Set(),
    judgedAtMs: START_MS,
    expiresAtMs: START_MS + 1e9,
    pausedUntilMs: 0,
    supersedes: [],
    release: null,
    ...overrides,
  }
}

function aClient(clientId = 'c1', overrides: object = {}): ClientIdentity {
  return ClientIdentity.parse({ clientId, clientClass: 'web', appVersion: '5.0.1', ...overrides })
}

function aRelease(stageCount = 3, overrides: Partial<ReleaseRecord> = {}): ReleaseRecord {
  let progress = startRelease(aPlan(), START_MS)
  for (let at = 1; at < stageCount; at++) progress = nextStage(progress, START_MS + at * MINUTE_MS)
  return { ...progress, ...approved, ...overrides }
}

const ids = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme-ascii' })

test('G3: revoked, rejected or expired is in force for nobody, named or not, whatever was released', () => {
  fc.assert(
    fc.property(
      ids,
      ids,
      fc.constantFrom('revoked', 'rejected', 'expired'),
      fc.nat(1e9),
      (accountId, clientId, state, laterMs) => {
        const record = aRecord({
          state: SignalState.parse(state),
          namedAccounts: new Set([accountId]),
          release: aRelease(),
        })
        expect(inForce(record, { accountId, client: aClient(clientId), nowMs: START_MS + laterMs })).toBeNull()
        expect(isReleasedTo(record, accountId)).toBe(false)
      },
    ),
  )
})

test('J10: while its cause is paused a signal is in force for nobody; afterwards it is what it was', () => {
  const who = { accountId: 'ann', client: aClient() }
  const record = aRecord({ namedAccounts: new Set(['ann']), pausedUntilMs: START_MS + 1_000 })
  expect(inForce(record, { ...who, nowMs: START_MS + 999 })).toBeNull()
  expect(inForce(record, { ...who, nowMs: START_MS + 1_000 })?.notBeforeInMs).toBe(0)
  expect(isReleasedTo(record, 'ann')).toBe(true)
})

test('G1: without approval only named accounts have it in force', () => {
  fc.assert(
    fc.property(ids, fc.uniqueArray(ids), fc.constantFrom('held', 'released'), (accountId, named, state) => {
      const record = aRecord({ state: SignalState.parse(state), namedAccounts: new Set(named) })
      const found = inForce(record, { accountId, client: aClient(), nowMs: START_MS })
      expect(found !== null).toBe(named.includes(accountId))
    }),
  )
})

test('after its end a signal is in force for nobody, also where no tick has said so', () => {
  const record = aRecord({ namedAccounts: new Set(['a1']), expiresAtMs: START_MS + 10 })
  const at = (nowMs: number) => inForce(record, { accountId: 'a1', client: aClient(), nowMs })
  expect(at(START_MS + 9)).toMatchObject({ expiresInMs: 1 })
  expect(at(START_MS + 10)).toBeNull()
})

test('C7: the turn depends on signal and client alone: an account or a restart changes nothing, a longer window stretches', () => {
  fc.assert(
    fc.property(
      ids,
      fc.integer({ min: 1, max: 86_400_000 }),
      fc.integer({ min: 1, max: 10 }),
      (clientId, windowMs, factor) => {
        const turnIn = (accountId: string, windowLengthMs: number) => {
          const plan = { ...aPlan({ shares: [1] }), verifyWindowMs: 0, windowMs: windowLengthMs }
          const release = { plan, stageIndex: 0, stageStartsAtMs: [START_MS], ...approved }
          const record = aRecord({ release, audienceAccounts: new Set(['a1', 'a2']) })
          return inForce(record, { accountId, client: aClient(clientId), nowMs: START_MS })?.notBeforeInMs
        }
        expect(turnIn('a1', windowMs)).toBe(turnIn('a2', windowMs))
        expect(turnIn('a1', windowMs)).toBe(Math.ceil(position('s1', clientId) * windowMs))
        expect(
          Math.abs((turnIn('a1', windowMs * factor) ?? 0) - (turnIn('a1', windowMs) ?? 0) * factor),
        ).toBeLessThanOrEqual(factor)
      },
    ),
  )
})

test('stages grow: whoever was let out stays let out, at the time of its own stage', () => {
  fc.assert(
    fc.property(ids, ids, (accountId, clientId) => {
      const nowMs = START_MS + 60 * MINUTE_MS
      const answers = [1, 2, 3].map((stageCount) =>
        inForce(aRecord({ release: aRelease(stageCount) }), { accountId, client: aClient(clientId), nowMs }),
      )
      for (const at of [0, 1]) {
        if (answers[at]) expect(answers[at + 1]?.notBeforeInMs).toBe(answers[at]?.notBeforeInMs)
      }
      expect(answers[2]).not.toBeNull()
    }),
  )
})

test('a paused release keeps those who were out, and lets nobody else out', () => {
  const accounts = Array.from({ length: 300 }, (_, at) => `a${at}`)
  const out = (record: SignalRecord) => accounts.filter((accountId) => isReleasedTo(record, accountId))
  const running = aRecord({ release: aRelease(1) })
  expect(out({ ...running, state: 'paused' })).toEqual(out(running))
  expect(out(running).length).toBeGreaterThan(0)
  expect(out(running).length).toBeLessThan(60)
})

test('comparing is spread too: before its turn to verify a client hears nothing', () => {
  const plan = { ...aPlan({ shares: [1] }), verifyWindowMs: MINUTE_MS }
  const record = aRecord({ release: { plan, stageIndex: 0, stageStartsAtMs: [START_MS], ...approved } })
  const turnAtMs = START_MS + Math.ceil(position('s1', 'c1') * MINUTE_MS)
  const at = (nowMs: number) => inForce(record, { accountId: 'a1', client: aClient(), nowMs })
  expect(at(turnAtMs - 1)).toBeNull()
  expect(at(turnAtMs)).not.toBeNull()
})

test('classes, versions, cohorts and named accounts narrow a release', () => {
  const nowMs = START_MS + 60 * MINUTE_MS
  const record = aRecord({
    release: aRelease(),
    audienceAccounts: new Set(['a1']),
    filter: { clientClasses: [aClient().clientClass], appVersions: { below: aClient().appVersion } },
  })
  const at = (accountId: string, client: ClientIdentity) => inForce(record, { accountId, client, nowMs }) !== null
  expect(at('a1', aClient('c1', { appVersion: '4.9' }))).toBe(true)
  expect(at('a1', aClient('c1'))).toBe(false)
  expect(at('a1', aClient('c1', { appVersion: '4.9', clientClass: 'bridge' }))).toBe(false)
  expect(at('a2', aClient('c1', { appVersion: '4.9' }))).toBe(false)
  const halves = [
    { from: 0, below: 0.5 },
    { from: 0.5, below: 1 },
  ].map((cohorts) =>
    inForce(aRecord({ release: aRelease(), filter: { cohorts } }), { accountId: 'a1', client: aClient(), nowMs }),
  )
  expect(halves.filter((half) => half !== null)).toHaveLength(1)
})
