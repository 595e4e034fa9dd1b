import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { parseArgs } from 'node:util'

/**
 * A storage that several nodes draw from, as a process of its own: `node storage-stand-in.ts --socket PATH --readers N
 * --base-ms MS --units-per-second U`. It has so many readers; each read takes one of them for the base time and its units
 * over the reader's share of the speed, and waits in line while none is free. Whoever asks too much waits longer, as at
 * any storage. Everything is counted here, on this clock.
 *
 * - `POST /read?units=U&level=L` answers once read: `{ waitedMs }`.
 * - `GET /served?since=MS` lists what was read: `{ nowMs, served: [[beganAtMs, endedAtMs, units, level], …], cpuMs }`.
 */
const { values } = parseArgs({
  options: {
    socket: { type: 'string' },
    readers: { type: 'string', default: '8' },
    'base-ms': { type: 'string', default: '20' },
    'units-per-second': { type: 'string' },
  },
})
const { socket } = values
if (socket === undefined) throw new TypeError('--socket is required')
const readerCount = Number(values.readers)
const baseMs = Number(values['base-ms'])
const unitsPerMs = Number(values['units-per-second']) / 1000 / readerCount
if (!(readerCount >= 1 && baseMs >= 0 && unitsPerMs > 0)) throw new RangeError('--units-per-second above 0 is required')

interface Read {
  readonly askedAtMs: number
  readonly units: number
  readonly level: string
  readonly done: (waitedMs: number) => void
}

const line: Read[] = []
const served: [beganAtMs: number, endedAtMs: number, units: number, level: string][] = []
let freeReaders = readerCount

function readNext(): void {
  const read = freeReaders > 0 ? line.shift() : undefined
  if (read === undefined) return
  freeReaders -= 1
  const beganAtMs = performance.now()
  setTimeout(
    () => {
      const endedAtMs = performance.now()
      served.push([beganAtMs, endedAtMs, read.units, read.level])
      freeReaders += 1
      read.done(endedAtMs - read.askedAtMs)
      readNext()
    },
    baseMs + read.units / unitsPerMs,
  )
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://storage')
  const send = (body: object) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(body))
  }
  if (pathname === '/read') {
    const units = Number(searchParams.get('units'))
    const done = (waitedMs: number) => send({ waitedMs })
    line.push({ askedAtMs: performance.now(), units, level: searchParams.get('level') ?? '', done })
    readNext()
    return
  }
  const sinceMs = Number(searchParams.get('since') ?? 0)
  const { user, system } = process.cpuUsage()
  send({
    nowMs: performance.now(),
    served: served.filter(([, endedAtMs]) => endedAtMs >= sinceMs),
    cpuMs: (user + system) / 1000,
  })
}

createServer({ keepAliveTimeout: 60_000 }, answer).listen(socket, () => console.log('ready'))
