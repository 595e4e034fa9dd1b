import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FleetPlan } from './guarded-fleet.ts'

const program = path.join(import.meta.dirname, 'guard-process.ts')
const RESTART_MS = 200

/** Nodes of one guard, each started again when it ends: by a test that kills it, or because its database was away. */
export class GuardProcesses implements AsyncDisposable {
  startCount = 0
  readonly #nodes: (ChildProcess | null)[]
  readonly #stop = new AbortController()
  readonly #supervisors: Promise<void>[]

  constructor(count: number, connectionString: string, plan: FleetPlan) {
    this.#nodes = Array.from({ length: count }, () => null)
    const given = ['--conditions=@tidegate/source', program, connectionString, String(plan.capacityBytesPerSecond)]
    this.#supervisors = this.#nodes.map((_, at) => this.#supervise(at, given))
  }

  /** SIGKILL to one node. @param chance in [0, 1): which one */
  kill(chance: number): void {
    this.#nodes[Math.floor(chance * this.#nodes.length)]?.kill('SIGKILL')
  }

  async #supervise(at: number, given: readonly string[]): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const node = spawn(process.execPath, given, { stdio: 'ignore' })
      this.#nodes[at] = node
      this.startCount += 1
      await once(node, 'exit')
      await sleep(RESTART_MS)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    for (const node of this.#nodes) node?.kill('SIGKILL')
    await Promise.all(this.#supervisors)
  }
}
