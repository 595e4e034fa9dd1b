import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { build } from 'esbuild'
import type { FleetPlan } from './guarded-fleet.ts'

/** `pg` is CommonJS, and asks for its own parts with `require`. */
const REQUIRE = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)`
const RESTART_MS = 200

/** Nodes of one guard, each started again when it ends: by a test that kills it, or because its database was away. */
export class GuardProcesses implements AsyncDisposable {
  startCount = 0
  readonly #nodes: (ChildProcess | null)[]
  readonly #stop = new AbortController()
  readonly #supervisors: Promise<void>[]
  readonly #folder: string

  private constructor(count: number, folder: string, given: readonly string[]) {
    this.#nodes = Array.from({ length: count }, () => null)
    this.#folder = folder
    this.#supervisors = this.#nodes.map((_, at) => this.#supervise(at, given))
  }

  /** Nodes that are killed all the time spend theirs on starting: as one file they start five times as fast. */
  static async start(count: number, connectionString: string, plan: FleetPlan): Promise<GuardProcesses> {
    const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-guard-process-'))
    const program = path.join(folder, 'guard-process.mjs')
    await build({
      entryPoints: [path.join(import.meta.dirname, 'guard-process.ts')],
      outfile: program,
      bundle: true,
      platform: 'node',
      format: 'esm',
      conditions: ['@tidegate/source'],
      external: ['pg-native'],
      banner: { js: REQUIRE },
    })
    return new GuardProcesses(count, folder, [program, connectionString, String(plan.capacityBytesPerSecond)])
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
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
