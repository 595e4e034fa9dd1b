import { createServer, type Server } from 'node:http'
import { Actor, CLIENT_HEADER, formatClientHeader } from '@tidegate/protocol'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ann, ben, GuardScene, phone } from '../../runtime/testing/guard-scene.ts'
import { guardHttpHandler } from './guard-http-handler.ts'

let scene: GuardScene
let server: Server
let url: string

beforeEach(async () => {
  scene = await GuardScene.open({ settings: { maxHintListeners: 2 } })
  const handle = guardHttpHandler(scene.guard, {
    identify: ({ headers: { authorization } }) => {
      if (authorization === 'ci') return { kind: 'staff', actor: Actor.parse('ci'), roles: ['viewer'] }
      return authorization === 'ann' ? { kind: 'client', accountId: ann } : null
    },
    heartbeatMs: 10,
  })
  server = createServer((request, response) => void handle(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port')
  url = `http://127.0.0.1:${address.port}/tidegate/hints`
})

afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await scene[Symbol.asyncDispose]()
})

test('whoever listens is told to look again when a signal comes into force and when it is revoked, and nothing else', async () => {
  const ear = await listen()
  expect(ear.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  expect(ear.response.headers.get('cache-control')).toContain('private, no-store')
  await scene.propose([ben])
  await ear.until((text) => text.split('still here').length > 3)
  expect(ear.text()).not.toContain('hint')
  const signalId = await scene.propose([ann])
  await ear.until((text) => text.includes('look again'))
  await scene.staff.revoke({ target: { kind: 'signal', signalId }, reason: 'it was a mistake' })
  await scene.guard.refresh()
  await ear.until((text) => text.split('look again').length === 3)
  const words = ear.text().replaceAll(': still here\n\n', '').replaceAll('event: hint\ndata: look again\n\n', '')
  expect(words).toBe('')
})

test('a stream ends with its guard, and a client that leaves makes room for another', async () => {
  const [first, second] = [await listen(), await listen()]
  const refused = await ask('ann')
  expect(refused.status).toBe(503)
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(30)
  first.leave()
  await expect.poll(async () => (await listen().catch(() => null)) !== null).toBe(true)
  await scene.guard[Symbol.asyncDispose]()
  await second.ended
})

test('nobody without a login, no staff, no unnamed client and no other method is taken in', async () => {
  expect((await ask(undefined)).status).toBe(401)
  expect((await ask('ci')).status).toBe(400)
  expect((await ask('ann', { [CLIENT_HEADER]: 'nonsense' })).status).toBe(400)
  expect((await fetch(url, { method: 'POST', headers: headersOf('ann') })).status).toBe(404)
})

function headersOf(login: string | undefined): Record<string, string> {
  return { [CLIENT_HEADER]: formatClientHeader(phone), ...(login && { authorization: login }) }
}

function ask(login: string | undefined, more: Record<string, string> = {}): Promise<Response> {
  return fetch(url, { headers: { ...headersOf(login), ...more } })
}

async function listen() {
  const gone = new AbortController()
  const response = await fetch(url, { headers: headersOf('ann'), signal: gone.signal })
  if (!response.ok || response.body === null) throw new Error(`the stream was refused with ${response.status}`)
  let text = ''
  const decoder = new TextDecoder()
  const ended = response.body
    .pipeTo(
      new WritableStream({
        write(chunk) {
          text += decoder.decode(chunk, { stream: true })
        },
      }),
    )
    .catch(() => undefined)
  const until = (isSo: (text: string) => boolean) => expect.poll(() => isSo(text)).toBe(true)
  return { response, ended, until, text: () => text, leave: () => gone.abort() }
}
