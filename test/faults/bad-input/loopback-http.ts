import { once } from 'node:events'
import { Agent, createServer, type RequestListener, request, type Server } from 'node:http'

/** Longer than any answer may take, and shorter than a test. */
const HANG_MS = 60_000

export interface HttpQuestion {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer
}

export interface HttpAnswer {
  readonly status: number
  readonly body: string
}

/** Node's HTTP on both ends of a few loopback connections that are kept. */
export class LoopbackHttp implements Disposable {
  readonly #server: Server
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 4 })

  constructor(handler: RequestListener) {
    // Between two waves the connections are idle for longer than by default they may be.
    this.#server = createServer({ keepAliveTimeout: HANG_MS }, handler).listen(0, '127.0.0.1')
  }

  post(path: string, key: string, body: string): Promise<HttpAnswer> {
    return this.send({
      method: 'POST',
      path,
      headers: { authorization: key, 'content-type': 'application/json' },
      body,
    })
  }

  /** @throws Error when there was no answer, or none within a minute */
  async send({ method, path, headers, body }: HttpQuestion): Promise<HttpAnswer> {
    if (!this.#server.listening) await once(this.#server, 'listening')
    const address = this.#server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    return new Promise((resolve, reject) => {
      const length = { 'content-length': Buffer.byteLength(body) }
      const to = { agent: this.#agent, host: '127.0.0.1', port, method, path }
      const sent = request({ ...to, headers: { ...length, ...headers } })
      const hung = setTimeout(() => sent.destroy(new Error(`No answer within ${HANG_MS} ms to ${path}`)), HANG_MS)
      sent.on('error', reject)
      sent.on('close', () => clearTimeout(hung))
      sent.on('response', (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() })
        })
      })
      sent.end(body)
    })
  }

  [Symbol.dispose](): void {
    this.#agent.destroy()
    this.#server.close()
  }
}
