import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openCapacityStore } from '@tidegate/guard'
import { openPostgres } from '@tidegate/guard/postgres'
import { type PostgresServer, startPostgres } from '@tidegate/guard/testing'
import { FleetMemberProcess } from './fleet-member-process.ts'
import { CAPACITY_BYTES_PER_SECOND, SLOT_COUNT } from './fleet-plan.ts'
import { buildFleetPrograms } from './fleet-programs.ts'
import { type LineState, type PostgresProxy, startPostgresProxy } from './postgres-proxy.ts'
import { StorageProcess } from './storage-process.ts'

const SERVER_SETTINGS = { fsync: 'off', max_connections: '100' }
/** A fleet that is not at its rate by then never will be. */
const WARM_UP_MS = 90_000
const WARM_SHARE = 0.85

/**
 * A fleet on real processes: nodes with clients that never have enough, the storage they draw from, a PostgreSQL for the
 * ledger, and another for the capacity store with a line to it for each node. Where the capacity store is may change.
 */
export class FleetScene implements AsyncDisposable {
  readonly storage: StorageProcess
  readonly members = new Map<number, FleetMemberProcess>()
  /** The PostgreSQL that the capacity store is in. Lines lead to it, also once it is another. */
  capacityServer: PostgresServer
  readonly #lines: ReadonlyMap<number, PostgresProxy>
  readonly #ledger: string
  readonly #nodeProgram: string
  readonly #closing: AsyncDisposableStack

  private constructor(of: {
    readonly storage: StorageProcess
    readonly capacityServer: PostgresServer
    readonly openLines: (serverFolder: () => string) => ReadonlyMap<number, PostgresProxy>
    readonly ledger: string
    readonly nodeProgram: string
    readonly closing: AsyncDisposableStack
  }) {
    this.storage = of.storage
    this.capacityServer = of.capacityServer
    this.#lines = of.openLines(() => this.capacityServer.folder)
    this.#ledger = of.ledger
    this.#nodeProgram = of.nodeProgram
    this.#closing = of.closing
  }

  /** Everything but the nodes. The capacity store is new, and may begin at once. */
  static async open(): Promise<FleetScene> {
    await using opening = new AsyncDisposableStack()
    const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-fleet-'))
    opening.defer(() => rmSync(folder, { recursive: true, force: true }))
    const programs = await buildFleetPrograms(folder)
    const ledger = opening.use(await startPostgres(SERVER_SETTINGS))
    const capacityServer = opening.use(await startPostgres(SERVER_SETTINGS))
    const storage = opening.use(await StorageProcess.start(programs.storage, folder, CAPACITY_BYTES_PER_SECOND * 8))
    const lines = new Map<number, PostgresProxy>()
    let serverFolder = () => capacityServer.folder
    for (let slot = 1; slot <= SLOT_COUNT; slot++) {
      lines.set(slot, opening.use(await startPostgresProxy(path.join(folder, `line-${slot}`), () => serverFolder())))
    }
    const openLines = (folderNow: () => string) => {
      serverFolder = folderNow
      return lines
    }
    const { connectionString } = ledger
    const closing = opening.move()
    const scene = new FleetScene({
      storage,
      capacityServer,
      openLines,
      ledger: connectionString,
      nodeProgram: programs.node,
      closing,
    })
    await scene.makeCapacityStore('begin-at-once')
    return scene
  }

  /** Opens the store's tables where it is now. */
  async makeCapacityStore(whenNew: 'wait' | 'begin-at-once'): Promise<void> {
    await this.onCapacityServer((database) => openCapacityStore({ database, whenNew }))
  }

  async onCapacityServer<Value>(work: (database: ReturnType<typeof openPostgres>) => Promise<Value>): Promise<Value> {
    const database = openPostgres({ connectionString: this.capacityServer.connectionString, config: { max: 1 } })
    try {
      return await work(database)
    } finally {
      await database.close()
    }
  }

  /** The lines of these nodes, or of all. */
  setLines(state: LineState, slots: Iterable<number> = this.#lines.keys()): void {
    for (const slot of slots) this.#lines.get(slot)?.set(state)
  }

  /** Starts nodes, or those that took their places. */
  async start(...slots: readonly number[]): Promise<void> {
    await Promise.all(
      slots.map(async (slot) => {
        const capacity = `postgres:///postgres?host=${encodeURIComponent(this.#lines.get(slot)?.folder ?? '')}&user=postgres`
        const plan = { slot, ledger: this.#ledger, capacity, storage: this.storage.socket }
        this.members.set(slot, this.#closing.use(await FleetMemberProcess.start(this.#nodeProgram, plan)))
      }),
    )
  }

  member(slot: number): FleetMemberProcess {
    const member = this.members.get(slot)
    if (member) return member
    throw new RangeError(`Cannot find a node in slot ${slot}`)
  }

  /** What is disposed of when the scene is. */
  use<Value extends AsyncDisposable>(value: Value): Value {
    return this.#closing.use(value)
  }

  /** Until the fleet draws what it may. */
  async warmUp(): Promise<void> {
    const untilMs = performance.now() + WARM_UP_MS
    let share = 0
    for (let { nowMs } = await this.storage.figures(); performance.now() < untilMs && share < WARM_SHARE; ) {
      await sleep(2_000)
      const figures = await this.storage.figures(nowMs)
      const units = figures.served.reduce((sum, each) => sum + each.units, 0)
      share = (units * 1_000) / (figures.nowMs - nowMs) / CAPACITY_BYTES_PER_SECOND
      nowMs = figures.nowMs
    }
    if (share < WARM_SHARE) throw new Error(`Cannot begin: a healthy fleet draws ${share} of the capacity`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#closing.disposeAsync()
  }
}
