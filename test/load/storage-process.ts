import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import path from 'node:path'
import { json } from 'node:stream/consumers'
import type { Served } from './heaviest-window.ts'

/** What was read from the stand-in, and what its process spent, on its clock. */
export interface StorageFigures {
  readonly nowMs: number
  readonly cpuMs: number
  readonly served: readonly Served[]
}

/** The storage stand-in as a process of its own. */
export class StorageProcess implements AsyncDisposable {
  readonly socket: string
  readonly #process: ChildProcess

  private constructor(socket: string, process: ChildProcess) {
    this.socket = socket
    this.#process = process
  }

  /** @param unitsPerSecond how fast its readers are together: several times what the fleet may draw, so that only the fleet holds it back */
  static async start(program: string, folder: string, unitsPerSecond: number): Promise<StorageProcess> {
    const socket = path.join(folder, 'storage.sock')
    const given = ['--socket', socket, '--readers', '32', '--base-ms', '20', '--units-per-second', `${unitsPerSecond}`]
    const child = spawn(process.execPath, [program, ...given], { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(child, 'exit').then(() => Promise.reject(new Error('Cannot start the storage: it ended')))
    await Promise.race([once(child.stdout, 'data'), ended])
    ended.catch(() => undefined)
    return new StorageProcess(socket, child)
  }

  /** @param sinceMs of the stand-in's clock; what was read to its end from then on */
  async figures(sinceMs = 0): Promise<StorageFigures> {
    const response = await new Promise<NodeJS.ReadableStream>((resolve, reject) => {
      request({ socketPath: this.socket, path: `/served?since=${sinceMs}` }, resolve)
        .once('error', reject)
        .end()
    })
    const { nowMs, cpuMs, served } = (await json(response)) as {
      readonly nowMs: number
      readonly cpuMs: number
      readonly served: readonly [beganAtMs: number, endedAtMs: number, units: number, level: string][]
    } // what storage-stand-in.ts says
    return { nowMs, cpuMs, served: served.map(([, atMs, units]) => ({ atMs, units })) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const exited = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await exited
  }
}
