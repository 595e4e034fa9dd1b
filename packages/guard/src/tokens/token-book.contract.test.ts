import { Actor } from '@tidegate/protocol'
import { PretendClock } from '@tidegate/protocol/testing'
import { expect, test } from 'vitest'
import type { SqlDatabase } from '../sql.ts'
import { aLedger, DAY_MS, MINUTE_MS, NOW_MS } from '../testing/a-ledger.ts'
import { openMemoryPglite } from '../testing/memory-pglite.ts'
import { tokenBook } from './token-book.ts'

const olga = Actor.parse('olga')
const ci = Actor.parse('ci')
const forCi = { name: ci, roles: ['emitter', 'author'], expiresAtMs: null } as const

test('a token stands for its name and roles, and nothing else does', async () => {
  await using scene = await openScene()
  const token = await scene.book.createToken(forCi, olga, NOW_MS)
  expect(await scene.book.callerOf(token, NOW_MS)).toEqual({
    kind: 'staff',
    actor: 'ci',
    roles: ['emitter', 'author'],
    isLimited: true,
  })
  for (const other of ['', 'ci', token.slice(0, -1), `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`]) {
    expect(await scene.book.callerOf(other, NOW_MS)).toBeNull()
  }
})

test('neither the tables nor the record of decisions hold a token, and both halves of its life are recorded with who did it (G7)', async () => {
  await using scene = await openScene()
  const token = await scene.book.createToken(forCi, olga, NOW_MS)
  await scene.book.revokeToken(ci, 'it was in a log', olga, NOW_MS + 1)
  const events = await scene.database.query(
    'SELECT kind, actor, reason, evidence FROM tidegate_ledger.event ORDER BY event_no',
  )
  expect(events).toMatchObject([
    { kind: 'token-created', actor: 'olga', evidence: { name: 'ci', roles: ['emitter', 'author'], expiresAtMs: null } },
    { kind: 'token-revoked', actor: 'olga', reason: 'it was in a log', evidence: { name: 'ci' } },
  ])
  const tokens = await scene.database.query('SELECT * FROM tidegate_ledger.token')
  expect(JSON.stringify([events, tokens])).not.toContain(token.slice('tidegate_'.length))
  expect((await scene.ledger.audit({})).isIntact).toBe(true)
})

test('a revoked token is refused at once where it was revoked, and on every other node a quarter of a second later', async () => {
  await using scene = await openScene()
  const clock = new PretendClock(0)
  const otherNode = tokenBook(scene.database, clock)
  const token = await scene.book.createToken(forCi, olga, NOW_MS)
  expect(await otherNode.callerOf(token, NOW_MS)).not.toBeNull()
  await scene.book.revokeToken(ci, 'it leaked', olga, NOW_MS)
  expect(await scene.book.callerOf(token, NOW_MS)).toBeNull()
  await clock.advance(250)
  expect(await otherNode.callerOf(token, NOW_MS)).toBeNull()
})

test('a token is refused from the moment it expires', async () => {
  await using scene = await openScene()
  const token = await scene.book.createToken({ ...forCi, expiresAtMs: NOW_MS + DAY_MS }, olga, NOW_MS)
  expect(await scene.book.callerOf(token, NOW_MS + DAY_MS - 1)).not.toBeNull()
  expect(await scene.book.callerOf(token, NOW_MS + DAY_MS)).toBeNull()
})

test('one name is one holder: a second living token of a name, and names of decisions without a token, are refused', async () => {
  await using scene = await openScene()
  const token = await scene.book.createToken(forCi, olga, NOW_MS)
  await expect(scene.book.createToken(forCi, olga, NOW_MS)).rejects.toMatchObject({ denial: { kind: 'conflict' } })
  await expect(scene.book.createToken({ ...forCi, name: Actor.parse('operator') }, olga, NOW_MS)).rejects.toMatchObject(
    { denial: { kind: 'conflict' } },
  )
  await scene.book.revokeToken(ci, 'rotated', olga, NOW_MS)
  const next = await scene.book.createToken(forCi, olga, NOW_MS)
  expect([await scene.book.callerOf(token, NOW_MS), await scene.book.callerOf(next, NOW_MS)]).toMatchObject([
    null,
    { actor: 'ci' },
  ])
  await expect(scene.book.revokeToken(olga, 'no such', olga, NOW_MS)).rejects.toMatchObject({
    denial: { kind: 'not-found' },
  })
})

test('when a token was last used is known to the minute, with at most one write a minute', async () => {
  await using scene = await openScene()
  const token = await scene.book.createToken(forCi, olga, NOW_MS)
  const lastUsed = async () => (await scene.book.listTokens())[0]?.lastUsedAtMs
  expect(await lastUsed()).toBeNull()
  for (const afterMs of [0, 1_000, MINUTE_MS - 1]) await scene.book.callerOf(token, NOW_MS + afterMs)
  expect(await lastUsed()).toBe(NOW_MS)
  await scene.book.callerOf(token, NOW_MS + MINUTE_MS)
  expect(await lastUsed()).toBe(NOW_MS + MINUTE_MS)
})

test('a node that cannot reach the ledger lets known tokens in for a lease term, and nobody after it (G8)', async () => {
  await using scene = await openScene()
  const clock = new PretendClock(0)
  let isDown = false
  const database: SqlDatabase = {
    ...scene.database,
    query: (text, parameters) =>
      isDown ? Promise.reject(new Error('connection refused')) : scene.database.query(text, parameters),
  }
  const token = await scene.book.createToken(forCi, olga, NOW_MS)
  const book = tokenBook(database, clock)
  await book.callerOf(token, NOW_MS)
  isDown = true
  await clock.advance(5_000)
  expect(await book.callerOf(token, NOW_MS)).toMatchObject({ actor: 'ci' })
  await clock.advance(60_000)
  await expect(book.callerOf(token, NOW_MS)).rejects.toMatchObject({ denial: { kind: 'unavailable' } })
})

async function openScene() {
  const database = await openMemoryPglite('ledger-tables')
  const ledger = await aLedger(database)
  return { database, ledger, book: tokenBook(database), [Symbol.asyncDispose]: () => database.close() }
}
