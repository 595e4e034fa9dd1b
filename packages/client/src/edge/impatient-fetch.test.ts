import { createServer, type ServerResponse } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { impatientFetch } from './impatient-fetch.ts'

const SILENCE_MS = 150

/** A server on loopback that answers as told. */
async function aServer(answer: (response: ServerResponse) => void | Promise<void>) {
  const server = createServer((_request, response) => void answer(response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : null
  return {
    url: `http://127.0.0.1:${port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const impatient = impatientFetch(globalThis.fetch, SILENCE_MS)

test('a request that is never answered ends', async () => {
  await using server = await aServer(() => {})
  await expect(impatient(server.url)).rejects.toMatchObject({ name: 'TimeoutError' })
})

test('an answer that falls silent in the middle ends', async () => {
  await using server = await aServer((response) => void response.writeHead(200).write('{"half":'))
  const response = await impatient(server.url)
  await expect(response.json()).rejects.toMatchObject({ name: 'TimeoutError' })
})

test('an answer that takes longer than any silence in it comes whole, status and headers too', async () => {
  await using server = await aServer(async (response) => {
    response.writeHead(207, { 'x-kept': 'yes' })
    for (let part = 0; part < 6; part++) {
      response.write(`${part}`)
      await setTimeout(SILENCE_MS / 3)
    }
    response.end()
  })
  const response = await impatient(server.url)
  expect({ status: response.status, kept: response.headers.get('x-kept') }).toEqual({ status: 207, kept: 'yes' })
  expect(await response.text()).toBe('012345')
})

test('whoever gives a request up is heard at once', async () => {
  await using server = await aServer(() => {})
  const given = new AbortController()
  const asking = impatient(server.url, { signal: given.signal })
  given.abort(new Error('not wanted'))
  await expect(asking).rejects.toThrow('not wanted')
})
