import { CauseId, ClientIdentity, ReleasePlan, Scope, SignalId } from '@tidegate/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isReleasedTo } from './in-force.ts'
import { nextStage, type ReleaseProgress, startRelease, stepRelease, stretched } from './release.ts'
import { SignalIndex } from './signal-index.ts'
import type { SignalRecord } from './signal-record.ts'

const MINUTE_MS = 60_000
const ACCOUNTS = ['a0', 'a1', 'a2', 'a3', 'a4', 'a5']
const CLIENTS = ACCOUNTS.flatMap((accountId) => [`${accountId} web`, `${accountId} bridge`])
const WINDOWS_MS = [0, MINUTE_MS, 10 * MINUTE_MS, 60 * MINUTE_MS]

/** A step of a history; `at` chooses among the live signals. */
type Step =
  | { readonly kind: 'propose'; readonly accounts: number; readonly named: number }
  | ({
      readonly kind: 'approve'
      readonly at: number
      readonly windowMs: number
      readonly shares: readonly number[]
    } & Replacing)
  | { readonly kind: 'gate'; readonly at: number; readonly ended: number; readonly failed: number }
  | { readonly kind: 'extend'; readonly at: number; readonly factor: number; readonly laterMinutes: number }
  | { readonly kind: 'advance' | 'revoke' | 'reject' | 'rewrite'; readonly at: number }
  | { readonly kind: 'wait'; readonly minutes: number }
  | { readonly kind: 'update'; readonly client: number }
  | { readonly kind: 'restart' }

interface Replacing {
  /** Which live signal ends for it. */
  readonly supersedes: number | null
}

const at = fc.nat(1000)
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('propose' as const), accounts: fc.nat(63), named: fc.nat(63) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('approve' as const),
      at,
      windowMs: fc.constantFrom(...WINDOWS_MS),
      shares: fc.constantFrom([1], [0.3, 1], [0.1, 0.4, 0.7, 1]),
      supersedes: fc.option(at),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('gate' as const), at, ended: fc.nat(3), failed: fc.nat(1) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('extend' as const),
      at,
      factor: fc.integer({ min: 1, max: 5 }),
      laterMinutes: fc.nat(5),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom('advance' as const, 'advance', 'revoke', 'reject', 'rewrite'), at }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), minutes: fc.integer({ min: -5, max: 20 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('update' as const), client: fc.nat(CLIENTS.length - 1) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
)

/** A guard's signals in memory, decided about by the same functions as the ledger's. */
class History {
  nowMs = 1_000 * MINUTE_MS
  records: SignalRecord[] = []
  #progress = new Map<string, ReleaseProgress>()
  #versions = new Map<string, number>()
  readonly told = new Told()

  do(step: Step): void {
    switch (step.kind) {
      case 'propose':
        this.records.push(this.#proposed(step))
        break
      case 'wait':
        this.nowMs += step.minutes * MINUTE_MS
        break
      case 'update': {
        const clientId = CLIENTS[step.client] ?? ''
        this.#versions.set(clientId, 1 + (this.#versions.get(clientId) ?? 0))
        break
      }
      case 'restart':
        this.records = structuredClone(this.records)
        break
      default: {
        const live = this.records.filter(isLive)
        const record = live[step.at % Math.max(1, live.length)]
        if (record) this.#decide(step, record, live)
      }
    }
    this.told.hear(this)
  }

  client(clientId: string): ClientIdentity {
    const [, clientClass] = clientId.split(' ')
    return ClientIdentity.parse({ clientId, clientClass, appVersion: `5.${this.#versions.get(clientId) ?? 0}` })
  }

  #proposed({ accounts, named }: { accounts: number; named: number }): SignalRecord {
    const of = (bits: number) => new Set(ACCOUNTS.filter((_, at) => (bits >> at) & 1))
    return {
      signalId: SignalId.parse(`s${this.records.length}`),
      version: 1,
      causeId: CauseId.parse('labels-2023-07'),
      causeKind: 'migration',
      causeTitle: 'Labels',
      action: 'verify',
      scope: Scope.parse({ kind: 'account' }),
      reason: 'labels were renumbered',
      state: 'held',
      filter: accounts % 5 === 1 ? { appVersions: { below: this.client('a0 web').appVersion } } : {},
      audienceAccounts: accounts % 3 === 0 ? null : of(accounts),
      namedAccounts: of(named & accounts & 0b010010),
      judgedAtMs: this.nowMs,
      expiresAtMs: this.nowMs + 200 * MINUTE_MS,
      pausedUntilMs: 0,
      supersedes: [],
      release: null,
    }
  }

  #decide(step: Extract<Step, { at: number }>, record: SignalRecord, live: readonly SignalRecord[]): void {
    const progress = this.#progress.get(record.signalId)
    switch (step.kind) {
      case 'approve':
        if (record.release === null) this.#approve(step, record, live)
        return
      case 'gate': {
        if (record.state !== 'released' || !progress) return
        const failedCount = Math.min(step.failed, step.ended)
        const counts = { endedCount: step.ended, failedCount, nothingToFetchCount: 0, declinedCount: 0, storage: [] }
        const done = stepRelease(progress, { ...counts, readAtMs: this.nowMs }, this.nowMs)
        if (done.kind !== 'wait')
          this.#put({ ...record, state: done.kind === 'pause' ? 'paused' : 'released' }, done.release)
        return
      }
      case 'advance':
        if (record.state === 'paused' && progress)
          this.#put({ ...record, state: 'released' }, nextStage(progress, this.nowMs))
        return
      case 'extend': {
        const longer = { ...record, expiresAtMs: record.expiresAtMs + step.laterMinutes * MINUTE_MS }
        this.#put(longer, progress && stretched(progress, progress.plan.windowMs * step.factor))
        return
      }
      case 'rewrite':
        this.#put({ ...record, version: record.version + 1 })
        return
      case 'revoke':
      case 'reject':
        this.#put({ ...record, state: step.kind === 'revoke' ? 'revoked' : 'rejected' })
    }
  }

  #approve(
    { shares, windowMs, supersedes }: Extract<Step, { kind: 'approve' }>,
    record: SignalRecord,
    live: readonly SignalRecord[],
  ): void {
    const old = supersedes === null ? undefined : live.filter((each) => each !== record)[supersedes % live.length]
    const gate = { minReportCount: 1, maxFailureRatio: 0.5 }
    const stages = shares.map((share) => ({ share, bakeMs: MINUTE_MS, gate }))
    const plan = ReleasePlan.parse({ verifyWindowMs: 0, windowMs, stages })
    const inherited = old === undefined ? [] : [old, ...old.supersedes]
    this.#put({ ...record, state: 'released', supersedes: inherited }, startRelease(plan, this.nowMs))
    if (old === undefined) return
    this.#put({ ...old, state: 'superseded' })
    this.told.inherit(old.signalId, record.signalId)
  }

  #put(record: SignalRecord, progress?: ReleaseProgress): void {
    if (progress) this.#progress.set(record.signalId, progress)
    const release = progress ? { ...progress, approvedBy: 'ada', approvedBecause: 'fine' } : record.release
    this.records = this.records.map((each) => (each.signalId === record.signalId ? { ...record, release } : each))
  }
}

function isLive({ state }: SignalRecord): boolean {
  return state === 'held' || state === 'released' || state === 'paused'
}

/** What clients were told, and what they may therefore count on. */
class Told {
  readonly #turns = new Map<string, number>()
  readonly #released = new Set<string>()
  turnCount = 0

  /** C7 over time: what was told holds as the earliest; who was let out stays let out while the signal lives. */
  hear(history: History): void {
    const { records, nowMs } = history
    const index = new SignalIndex(records)
    for (const clientId of CLIENTS) {
      const [accountId = ''] = clientId.split(' ')
      const client = history.client(clientId)
      for (const { record, notBeforeInMs } of index.inForceFor({ accountId, client, nowMs })) {
        const key = `${record.signalId} ${clientId}`
        const turnAtMs = this.#turns.get(key) ?? 0
        expect(nowMs + notBeforeInMs, `the turn of ${key}`).toBeGreaterThanOrEqual(turnAtMs)
        if (notBeforeInMs === 0) continue
        this.#turns.set(key, nowMs + notBeforeInMs)
        this.turnCount++
      }
      for (const record of records) {
        const key = `${record.signalId} ${accountId}`
        if (isLive(record) && this.#released.has(key))
          expect(isReleasedTo(record, accountId), `${key} is in`).toBe(true)
        if (isReleasedTo(record, accountId)) this.#released.add(key)
      }
    }
  }

  /** Turns under a superseded signal hold under the one in its place. */
  inherit(from: string, to: string): void {
    for (const clientId of CLIENTS) {
      const turns = [from, to].map((signalId) => this.#turns.get(`${signalId} ${clientId}`) ?? 0)
      this.#turns.set(`${to} ${clientId}`, Math.max(...turns))
    }
  }
}

test('C7: whatever is approved, extended, superseded or ended, no not-before that was told moves earlier, and who is in stays in', () => {
  let turnCount = 0
  fc.assert(
    fc.property(fc.array(steps, { minLength: 10, maxLength: 40 }), (history) => {
      const guard = new History()
      for (const step of history) guard.do(step)
      turnCount += guard.told.turnCount
    }),
    { numRuns: 1_000 },
  )
  // Histories in which nobody ever waits would prove nothing.
  expect(turnCount).toBeGreaterThan(10_000)
})
