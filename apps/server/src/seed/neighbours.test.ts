import type { SqlDatabase } from '@tidegate/guard/sql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fillMailbox } from '../fill-mailbox.ts'
import { readResources } from '../mailbox/account-map.ts'
import { ownerOf } from '../owner.ts'
import { aMailboxDatabase } from '../testing/mailbox-fixtures.ts'
import { CLIENT_MIX, ensureNeighbours, neighbourSightings } from './neighbours.ts'

let database: SqlDatabase
const newestAtMs = 1_700_000_000_000

beforeAll(async () => {
  database = await aMailboxDatabase()
})
afterAll(() => database.close())

const counts = async () =>
  (
    await database.query<{ accounts: number; messages: number; bodies: number }>(
      `SELECT (SELECT count(*) FROM mailbox.account) AS accounts, (SELECT count(*) FROM mailbox.message) AS messages,
         (SELECT count(*) FROM mailbox.body) AS bodies`,
    )
  )[0]

test('neighbours are made once, spread evenly, and a larger number adds only those that are missing', async () => {
  await ensureNeighbours(database, { accountCount: 40, resourceCount: 4, newestAtMs })
  await ensureNeighbours(database, { accountCount: 40, resourceCount: 4, newestAtMs })
  expect(await counts()).toEqual({ accounts: 40, messages: 120, bodies: 120 })
  const perResource = await database.query(
    `SELECT resource_id AS id, count(*) AS count FROM mailbox.account GROUP BY 1 ORDER BY 1`,
  )
  expect(perResource).toEqual([1, 2, 3, 4].map((place) => ({ id: `shard-${place}`, count: 10 })))

  await ensureNeighbours(database, { accountCount: 1_001, resourceCount: 4, newestAtMs })
  expect(await counts()).toEqual({ accounts: 1_001, messages: 3_003, bodies: 3_003 })
})

test('accounts stay on their resource when a later start has fewer', async () => {
  const { resources, resourceOf } = await readResources(database, 2)
  expect(resources.map((each) => each.resourceId)).toEqual(['shard-1', 'shard-2', 'shard-3', 'shard-4'])
  const sightings = neighbourSightings(4)
  expect(sightings.map(({ accountId }) => resourceOf(accountId))).toEqual(['shard-1', 'shard-2', 'shard-3', 'shard-4'])
})

test('the same neighbours have the same clients at every start, and those of fewer are the first of more', () => {
  expect(neighbourSightings(50)).toEqual(neighbourSightings(80).slice(0, 50))
})

test('no class of clients is missing, and no cache is larger than a canary credit can bear', () => {
  const sightings = neighbourSightings(5_000)
  for (const { clientClass, share } of CLIENT_MIX) {
    const found = sightings.filter(({ client }) => client.clientClass === clientClass).length / sightings.length
    expect(Math.abs(found - share)).toBeLessThan(0.03)
  }
  // A fifth of a resource's byte credit (180 MB): the default credit of 20 accounts is five on each of four resources.
  expect(Math.max(...sightings.map(({ cachedBytes }) => cachedBytes ?? 0))).toBeLessThanOrEqual(36_000_000)
})

test('the seeded mailbox is made once, whatever the time of the next start', async () => {
  const owner = ownerOf(null)
  const fill = (nowMs: number) =>
    fillMailbox(database, { owner, mails: null, nowMs, onProgress: () => undefined }).then(counts)
  const first = await fill(newestAtMs)
  expect(first?.messages).toBe(3_403)
  expect(await fill(newestAtMs + 86_400_000)).toEqual(first)
})
