import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { NodeFigures, NodePlan, ToNode } from './fleet-plan.ts'

/** A node of a fleet, as who started it sees it. */
export class FleetMemberProcess implements AsyncDisposable {
  readonly slot: number
  readonly #process: ChildProcess
  readonly #exited: Promise<unknown>

  private constructor(slot: number, process: ChildProcess) {
    this.slot = slot
    this.#process = process
    this.#exited = once(process, 'exit')
  }

  /** Resolves once its clients begin. */
  static async start(program: string, plan: NodePlan): Promise<FleetMemberProcess> {
    const child = spawn(process.execPath, [program, JSON.stringify(plan)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    const member = new FleetMemberProcess(plan.slot, child)
    const ended = member.#exited.then(() => Promise.reject(new Error(`Cannot start node ${plan.slot}: it ended`)))
    await Promise.race([once(child, 'message'), ended])
    return member
  }

  get isRunning(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null
  }

  async figures(): Promise<NodeFigures> {
    const answer = once(this.#process, 'message')
    this.#say({ kind: 'figures' })
    const [figures] = await answer
    return figures
  }

  stepClock(byMs: number): void {
    this.#say({ kind: 'step-clock', byMs })
  }

  /** At once, as a machine that loses its power. */
  async kill(): Promise<void> {
    if (this.isRunning) this.#process.kill('SIGKILL')
    await this.#exited
  }

  /** In good order: it gives its slot back. */
  async end(): Promise<void> {
    this.#process.kill('SIGTERM')
    await this.#exited
  }

  #say(message: ToNode): void {
    this.#process.send(message)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
  }
}
