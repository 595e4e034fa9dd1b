import { mkdirSync } from 'node:fs'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import path from 'node:path'

/** How a line to a PostgreSQL is: whole, refusing, silent, slow by so much each way, or cut. */
export type LineState =
  | { readonly kind: 'whole' | 'refused' | 'frozen' | 'cut' }
  | { readonly kind: 'slow'; readonly byMs: number }

/** A node's own line to a PostgreSQL, which can be broken in the ways that lines break. */
export interface PostgresProxy extends AsyncDisposable {
  /** The folder of its socket: the `host` of a connection string. */
  readonly folder: string
  /** From now on. `refused` and `cut` end what is connected; `frozen` keeps it and passes nothing. */
  set(state: LineState): void
}

const SOCKET_NAME = '.s.PGSQL.5432'

/**
 * @param folder to make, for the proxy's own socket
 * @param serverFolder where the server's socket is; asked anew for each connection, so that it may become another's
 */
export async function startPostgresProxy(folder: string, serverFolder: () => string): Promise<PostgresProxy> {
  mkdirSync(folder, { recursive: true })
  let state: LineState = { kind: 'whole' }
  const lines = new Set<Line>()
  const server = createServer((near) => {
    // A server that refuses has nobody who accepts; over a socket file that is a connection that ends at once.
    if (state.kind === 'refused' || state.kind === 'cut') return near.destroy()
    const line = new Line(near, createConnection(path.join(serverFolder(), SOCKET_NAME)), () => state)
    lines.add(line)
    line.whenOver(() => lines.delete(line))
  })
  await new Promise<void>((resolve) => server.listen(path.join(folder, SOCKET_NAME), resolve))
  return {
    folder,
    set(next) {
      state = next
      for (const line of lines) {
        if (next.kind === 'refused' || next.kind === 'cut') line.end()
        else line.look()
      }
    },
    async [Symbol.asyncDispose]() {
      for (const line of lines) line.end()
      await closed(server)
    },
  }
}

/** Two sockets and what is on its way between them. */
class Line {
  readonly #near: Socket
  readonly #far: Socket
  readonly #stateNow: () => LineState
  #waiting: { readonly to: Socket; readonly chunk: Buffer }[] = []
  #timers = new Set<NodeJS.Timeout>()

  constructor(near: Socket, far: Socket, stateNow: () => LineState) {
    this.#near = near
    this.#far = far
    this.#stateNow = stateNow
    near.on('data', (chunk) => this.#pass(far, chunk))
    far.on('data', (chunk) => this.#pass(near, chunk))
    for (const socket of [near, far]) {
      socket.on('error', () => this.end())
      socket.on('close', () => this.end())
    }
  }

  whenOver(told: () => void): void {
    this.#near.once('close', told)
  }

  /** Passes on what waited, unless the line is still frozen. */
  look(): void {
    if (this.#stateNow().kind === 'frozen') return
    for (const { to, chunk } of this.#waiting.splice(0)) this.#pass(to, chunk)
  }

  end(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#waiting = []
    this.#near.destroy()
    this.#far.destroy()
  }

  #pass(to: Socket, chunk: Buffer): void {
    const state = this.#stateNow()
    if (state.kind === 'frozen') return void this.#waiting.push({ to, chunk })
    if (state.kind !== 'slow') return void to.write(chunk)
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      to.write(chunk)
    }, state.byMs)
    this.#timers.add(timer)
  }
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}
