import { Actor, type CauseId, ClientIdentity, Denied, type SignalId } from '@tidegate/protocol'
import { PretendClock } from '@tidegate/protocol/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Ledger } from '../core/ledger.ts'
import { NodeMemory } from '../runtime/node-memory.ts'
import {
  aCause,
  accountNames,
  aLedger,
  aPlan,
  aProposal,
  aReport,
  MINUTE_MS,
  NOW_MS,
  sightingsOf,
} from '../testing/a-ledger.ts'
import { openMemoryPglite } from '../testing/memory-pglite.ts'

const ADA = Actor.parse('ada')
const CAUSES = ['labels-2023-07', 'labels-mended'].map((each) => each as CauseId) // as builders name them
const ACCOUNTS = accountNames(12)
const WHO = sightingsOf(ACCOUNTS).map(({ accountId, client }) => ({ accountId, client: ClientIdentity.parse(client) }))

const steps = fc.record({
  kind: fc.constantFrom(
    ...(['propose', 'propose', 'approve', 'approve', 'approve', 'supersede', 'supersede', 'supersede'] as const),
    ...(['advance', 'extend', 'extend', 'revoke', 'report', 'wait', 'wait', 'restart'] as const),
  ),
  cause: fc.nat(1),
  choice: fc.nat(1000),
  minutes: fc.integer({ min: 1, max: 40 }),
})
type Step = typeof steps extends fc.Arbitrary<infer Each> ? Each : never

/** One ledger on a real database, a node's memory over it, and what its clients were told. */
class Told {
  readonly #database: Parameters<typeof aLedger>[0]
  readonly #turns = new Map<string, number>()
  #ledger: Ledger
  #memory: NodeMemory
  #signalIds: SignalId[] = []
  nowMs = NOW_MS
  waitCount = 0
  supersededCount = 0

  static async open(database: Parameters<typeof aLedger>[0]): Promise<Told> {
    const ledger = await aLedger(database)
    for (const causeId of CAUSES) await ledger.registerCause(aCause(causeId), ADA, NOW_MS)
    return new Told(database, ledger)
  }

  private constructor(database: Parameters<typeof aLedger>[0], ledger: Ledger) {
    this.#database = database
    this.#ledger = ledger
    this.#memory = this.#newMemory()
  }

  async do(step: Step): Promise<void> {
    await this.#take(step).catch((error: unknown) => {
      // Histories are blind: most of what they ask for is over, or not longer, or not covered.
      if (!(error instanceof Denied)) throw error
    })
    await this.#memory.refresh()
    this.#hear()
  }

  async #take({ kind, cause, choice, minutes }: Step): Promise<unknown> {
    const ledger = this.#ledger
    const signalId = this.#signalIds[choice % Math.max(1, this.#signalIds.length)]
    const target = { kind: 'signal', signalId: signalId as SignalId } as const // undefined only before the first proposal
    const about = { target, reason: 'as the history says' }
    const plan = { ...aPlan({ shares: choice % 2 ? [1] : [0.5, 1] }), windowMs: minutes * MINUTE_MS }
    if (kind === 'propose') return this.#propose(CAUSES[cause] ?? '', choice)
    if (kind === 'wait') {
      // Now and then a clock steps back.
      this.nowMs += (choice % 7 === 0 ? -1 : minutes / 4) * MINUTE_MS
      return ledger.tick(() => this.nowMs)
    }
    if (kind === 'restart') {
      this.#ledger = await aLedger(this.#database)
      this.#memory = this.#newMemory()
      return
    }
    if (signalId === undefined) return
    switch (kind) {
      case 'approve':
        return ledger.approve({ ...about, plan }, ADA, this.nowMs)
      case 'supersede': {
        const old = this.#signalIds.at(-2)
        const next = this.#signalIds.at(-1)
        if (old === undefined || next === undefined) return
        const replaced = { target: { ...target, signalId: next }, supersedes: { ...target, signalId: old } }
        const { signalCount } = await ledger.approve({ ...about, ...replaced, plan }, ADA, this.nowMs)
        if (signalCount > 0) this.#inherit(old, next)
        return
      }
      case 'advance':
        return ledger.advance(about, ADA, this.nowMs)
      case 'extend': {
        const window = choice % 3 === 0 ? {} : { windowMs: 2 * minutes * MINUTE_MS }
        return ledger.extend({ ...about, ...window, expiresInMs: 8 * 86_400_000 + choice }, ADA, this.nowMs)
      }
      case 'revoke':
        return choice % 4 === 0 ? ledger.revoke(about, ADA, this.nowMs) : undefined
      case 'report':
        return ledger.recordReports([aReport(ACCOUNTS[choice % 12] ?? '', signalId)], this.nowMs)
    }
  }

  async #propose(causeId: string, choice: number): Promise<void> {
    const accountIds = choice % 4 === 0 ? null : choice % 4 === 1 ? ACCOUNTS.slice(0, 8) : ACCOUNTS
    const { signalId } = await this.#ledger.propose(aProposal({ causeId, accountIds }), ADA, this.nowMs)
    await this.#ledger.judge(this.nowMs)
    this.#signalIds.push(signalId)
  }

  #inherit(old: SignalId, next: SignalId): void {
    this.supersededCount++
    for (const { client } of WHO) {
      const turns = [old, next].map((signalId) => this.#turns.get(`${signalId} ${client.clientId}`) ?? 0)
      this.#turns.set(`${next} ${client.clientId}`, Math.max(...turns))
    }
  }

  #hear(): void {
    const { index } = this.#memory.knowledge() ?? expect.fail('the node knows nothing')
    for (const who of WHO) {
      for (const { record, notBeforeInMs } of index.inForceFor({ ...who, nowMs: this.nowMs })) {
        const key = `${record.signalId} ${who.client.clientId}`
        expect(this.nowMs + notBeforeInMs, `the turn of ${key}`).toBeGreaterThanOrEqual(this.#turns.get(key) ?? 0)
        if (notBeforeInMs === 0) continue
        this.#turns.set(key, this.nowMs + notBeforeInMs)
        this.waitCount++
      }
    }
  }

  #newMemory(): NodeMemory {
    return new NodeMemory(this.#ledger, new PretendClock(0), {
      wallNowMs: () => this.nowMs,
      systemNowMs: () => this.nowMs,
      onNewEpoch: () => {},
    })
  }
}

test('C7: on a real ledger and in a node’s memory, over restarts, no not-before that was told moves earlier', async () => {
  const database = await openMemoryPglite('ledger-tables')
  try {
    const told = await Told.open(database)
    const play = fc.asyncProperty(fc.array(steps, { minLength: 40, maxLength: 40 }), async (history) => {
      for (const step of history) await told.do(step)
    })
    // One ledger goes through all of them, so a history cannot be run again by itself. Chance decides what is in them:
    // they go on until enough of what the test is about has happened.
    const isEnough = () => told.waitCount > 300 && told.supersededCount > 2
    for (let round = 0; round < 5 && !isEnough(); round++) await fc.assert(play, { numRuns: 3, endOnFailure: true })
    expect(isEnough()).toBe(true)
  } finally {
    await database.close()
  }
})
