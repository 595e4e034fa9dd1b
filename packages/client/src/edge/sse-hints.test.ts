import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ClientIdentity } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import { sseHints } from './sse-hints.ts'

const client = ClientIdentity.parse({ clientId: 'anna-phone', clientClass: 'mobile', appVersion: '1.0' })

test('each event is a hint, whatever it says and however it is cut; a comment is none', async () => {
  await using server = await serving((request, response) => {
    const login = `${request.headers.authorization} ${request.headers['tidegate-client']}`
    expect(login).toBe('Bearer anna anna-phone;mobile;1.0')
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(': still here\n\nevent: hint\nda')
    setImmediate(() => response.end('ta: look again\n\n: still here\n\ndata: \u{1f4ec} you have won\n\n'))
  })
  let heardCount = 0
  const hints = sseHints({ url: server.url, headers: () => ({ authorization: 'Bearer anna' }) })
  const heard = () => {
    heardCount += 1
  }
  await hints.listen({ client, heard, signal: new AbortController().signal })
  expect(heardCount).toBe(2)
})

test('a refusal ends it with what the server said, and the client can hang up', async () => {
  await using refusing = await serving((_request, response) => response.writeHead(503).end('{}'))
  const listen = (url: string, signal = new AbortController().signal) =>
    sseHints({ url }).listen({ client, heard: () => undefined, signal })
  await expect(listen(refusing.url)).rejects.toThrow('Cannot listen for hints: the server answered 503')

  let isHungUp = false
  const leave = new AbortController()
  await using silent = await serving((_request, response) => {
    response.once('close', () => {
      isHungUp = true
    })
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    setImmediate(() => leave.abort(new Error('another tab works now')))
  })
  await expect(listen(silent.url, leave.signal)).rejects.toThrow()
  await expect.poll(() => isHungUp).toBe(true)
})

async function serving(handle: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(handle)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // a port, so not a pipe's name
  return {
    url: `http://127.0.0.1:${port}/tidegate/hints`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
