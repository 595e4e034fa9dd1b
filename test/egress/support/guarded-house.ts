import { randomUUID } from 'node:crypto'
import { createGuard, type Guard, memorySource, openLedger } from '@tidegate/guard'
import type { Sql, SqlDatabase } from '@tidegate/guard/sql'
import { openMemoryPglite } from '@tidegate/guard/testing'
import { Actor, Approve, Cause, ResourceId, Revoke } from '@tidegate/protocol'
import { PretendClock } from '@tidegate/protocol/testing'

const EPOCH_MS = 1_690_285_200_000 // 25 July 2023, 11:40 UTC
const shard = ResourceId.parse('shard-1')
const resources = { resources: [{ resourceId: shard, capacityBytesPerSecond: 20_000_000 }], resourceOf: () => shard }

/** Several guard nodes over one ledger in PGlite, a clock in the test's hand, and a line to the database that can be cut. */
export class GuardedHouse implements AsyncDisposable {
  readonly clock = new PretendClock()
  readonly #real: SqlDatabase
  readonly #database: SqlDatabase
  readonly #guards: Guard[] = []
  #isDown = false

  private constructor(database: SqlDatabase) {
    this.#real = database
    this.#database = cuttable(database, () => this.#isDown)
  }

  static async open({ nodeCount = 1 } = {}): Promise<GuardedHouse> {
    const house = new GuardedHouse(await openMemoryPglite())
    for (let node = 0; node < nodeCount; node++) house.#guards.push(await house.#newGuard())
    return house
  }

  guard(node = 0): Guard {
    const guard = this.#guards[node % this.#guards.length]
    if (!guard) throw new Error('the house has no guard')
    return guard
  }

  /** While it is down, every statement fails, on every node. */
  set isDatabaseDown(isDown: boolean) {
    this.#isDown = isDown
  }

  /** Ends a node and starts another in its place: nothing survives but what the ledger has. */
  async restart(node: number): Promise<Guard> {
    await this.guard(node)[Symbol.asyncDispose]()
    const guard = await this.#newGuard()
    this.#guards[node % this.#guards.length] = guard
    return guard
  }

  /** What each node does four times a second; without its database it goes on with what it knows. */
  async refresh(): Promise<void> {
    for (const guard of this.#guards) await guard.refresh().catch(() => undefined)
  }

  async register(causeId: string): Promise<void> {
    const cause = { causeId, kind: 'migration', title: 'Rename labels', owner: 'mail-team' }
    await this.#staff('ada').registerCause(Cause.parse(cause))
  }

  async approve(causeId: string, windowMs: number): Promise<void> {
    await this.refresh()
    const stage = { share: 1, bakeMs: 86_400_000, gate: { minReportCount: 1, maxFailureRatio: 1 } }
    const plan = { verifyWindowMs: 0, windowMs, stages: [stage] }
    const reason = 'compared by hand'
    await this.#staff().approve(Approve.parse({ target: { kind: 'cause', causeId }, plan, reason }))
    await this.refresh()
  }

  async revoke(causeId: string): Promise<void> {
    await this.#staff().revoke(Revoke.parse({ target: { kind: 'cause', causeId }, reason: 'the migration has a bug' }))
    await this.refresh()
  }

  /** Of all flags that were withheld: how many accounts, in how many proposals, and how many of them may go first. */
  async proposed(causeId: string): Promise<{ signalCount: number; accountCount: number; canaryAccountCount: number }> {
    await this.refresh()
    const { causes } = await this.#staff().status({ onlyHeld: false })
    const totals = causes.find((each) => each.cause.causeId === causeId)?.totals ?? []
    const sum = (of: (each: (typeof totals)[number]) => number) => totals.reduce((all, each) => all + of(each), 0)
    return {
      signalCount: sum((each) => each.signalCount),
      accountCount: sum((each) => each.audienceAccountCount),
      canaryAccountCount: sum((each) => each.inForceAccountCount),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDown = false
    for (const guard of this.#guards) await guard[Symbol.asyncDispose]()
    await this.#real.close()
  }

  /** Olga approves what Ada registered. */
  #staff(name = 'olga') {
    const roles = ['author', 'emitter', 'approver', 'operator', 'viewer'] as const
    return this.guard().api({ kind: 'staff', actor: Actor.parse(name), roles })
  }

  async #newGuard(): Promise<Guard> {
    // Nobody has seen these clients, so their bytes are guessed high; the windows of the tests are about when flags arrive.
    const settings = { longestUnspreadWorkMs: 3_600_000 }
    const ledger = await openLedger({ database: this.#database, resources, settings, newId: randomUUID })
    const source = memorySource({ collections: ['messages'], salt: 'of these tests' })
    const { clock } = this
    return createGuard({ ledger, source, resources, clock, wallNowMs: () => EPOCH_MS + clock.nowMs(), log: () => {} })
  }
}

function cuttable(database: SqlDatabase, isDown: () => boolean): SqlDatabase {
  const assertUp = () => {
    if (isDown()) throw new Error('connection refused')
  }
  const through = (sql: Sql): Sql => ({
    async query(text, parameters) {
      assertUp()
      return sql.query(text, parameters)
    },
    async script(text) {
      assertUp()
      return sql.script(text)
    },
  })
  return {
    ...through(database),
    async transaction(work, options) {
      assertUp()
      return database.transaction((sql) => work(through(sql)), options)
    },
    close: () => database.close(),
  }
}
