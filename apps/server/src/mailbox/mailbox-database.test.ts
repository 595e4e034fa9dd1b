import type { SqlDatabase } from '@tidegate/guard/sql'
import { AccountId, ResourceId } from '@tidegate/protocol'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { aMailboxDatabase, aMessage } from '../testing/mailbox-fixtures.ts'
import { ensureAccount } from './accounts.ts'
import { appendMessages } from './append-messages.ts'
import { createMailboxService } from './mailbox-service.ts'
import { BodyPayload, MessagePayload } from './message.ts'

interface Row {
  readonly itemId: string
  readonly ordinal: number
  readonly revision: number
  readonly contentHash: string
  readonly payloadBytes: number
  readonly payload: unknown
}

let database: SqlDatabase
let accountId: AccountId
let accountCount = 0

beforeAll(async () => {
  database = await aMailboxDatabase()
})
afterAll(() => database.close())
beforeEach(async () => {
  accountCount += 1
  accountId = AccountId.parse(`account-${accountCount}`)
  const resourceId = ResourceId.parse('shard-1')
  await ensureAccount(database, { accountId, resourceId, displayName: 'You', address: 'you@example.test' })
})

const rowsOf = (table: 'message' | 'body') =>
  database.query<Row>(
    `SELECT item_id AS "itemId", ordinal, revision, content_hash AS "contentHash", payload_bytes AS "payloadBytes", payload
     FROM mailbox.${table} WHERE account_id = $1 ORDER BY ordinal`,
    [accountId],
  )
const append = (...messages: ReturnType<typeof aMessage>[]) =>
  database.transaction((sql) => appendMessages(sql, accountId, messages))

test('a message and its body come back as clients will store them, each with a rising ordinal of its own collection', async () => {
  const message = aMessage({ subject: 'Grüße, 東京 🎉', cc: [{ name: '', address: 'cc@example.test' }], from: null })
  await append(aMessage(), message)
  const [first, second] = await rowsOf('message')
  const [, body] = await rowsOf('body')
  const { body: newBody, ...expected } = message

  expect([first?.ordinal, second?.ordinal]).toEqual([1, 2])
  expect(MessagePayload.parse(second?.payload)).toEqual({ ...expected, bodyId: body?.itemId })
  expect(BodyPayload.parse(body?.payload)).toEqual(newBody)
  expect(body?.payloadBytes).toBeGreaterThan(0)
})

test('an ordinal is never given twice, whatever was deleted', async () => {
  const service = createMailboxService(database)
  const ids = await append(aMessage(), aMessage())
  await service.delete(accountId, ids)
  await append(aMessage())
  expect((await rowsOf('message')).map((row) => row.ordinal)).toEqual([3])
  expect((await rowsOf('body')).map((row) => row.ordinal)).toEqual([3])
})

test('touching every row without changing what clients store raises revisions and keeps content hashes', async () => {
  await append(aMessage(), aMessage({ folder: 'Sent' }))
  const before = [...(await rowsOf('message')), ...(await rowsOf('body'))]
  await database.script(
    `UPDATE mailbox.message SET folder = folder; UPDATE mailbox.body SET payload = payload || '{}'; UPDATE mailbox.message SET revision = 7`,
  )
  const after = [...(await rowsOf('message')), ...(await rowsOf('body'))]
  expect(after.map((row) => row.revision)).toEqual([3, 3, 2, 2])
  expect(after.map((row) => row.contentHash)).toEqual(before.map((row) => row.contentHash))
})

test('the content hash changes exactly when something that clients store changes', async () => {
  const service = createMailboxService(database)
  const [id] = await append(aMessage())
  const change = fc.record(
    {
      seen: fc.boolean(),
      flagged: fc.boolean(),
      answered: fc.boolean(),
      folder: fc.constantFrom('Inbox', 'Archive', 'Trash'),
    },
    { requiredKeys: [] },
  )
  await fc.assert(
    fc.asyncProperty(change, async ({ folder, ...flags }) => {
      const [before] = await rowsOf('message')
      await service.setFlags(accountId, [String(id)], flags)
      if (folder !== undefined) await service.move(accountId, [String(id)], folder)
      const [after] = await rowsOf('message')
      const isSame = JSON.stringify(before?.payload) === JSON.stringify(after?.payload)
      expect(after?.contentHash === before?.contentHash).toBe(isSame)
      expect(after?.revision).toBeGreaterThan(before?.revision ?? 0)
    }),
    { numRuns: 40 },
  )
})

test('the same content has the same hash in every account', async () => {
  await append(aMessage())
  const [one] = await rowsOf('body')
  accountId = AccountId.parse('another')
  await ensureAccount(database, {
    accountId,
    resourceId: ResourceId.parse('shard-2'),
    displayName: '',
    address: '',
  })
  await append(aMessage())
  const [other] = await rowsOf('body')
  expect(other?.contentHash).toBe(one?.contentHash)
  expect(other?.itemId).not.toBe(one?.itemId)
})

test('no migration can change the identity or the place of an item', async () => {
  await append(aMessage())
  await expect(database.query('UPDATE mailbox.message SET ordinal = ordinal + 1')).rejects.toThrow('given once')
})

test('a service call touches only its own account and says how many messages there were', async () => {
  const service = createMailboxService(database)
  const [mine] = await append(aMessage())
  expect(await service.setFlags(accountId, [String(mine), crypto.randomUUID()], { flagged: true })).toBe(1)
  expect(await service.delete(AccountId.parse('somebody-else'), [String(mine)])).toBe(0)
  expect((await rowsOf('message')).length).toBe(1)
})

test('a draft is written once however often the client repeats it, and keeps its id until and after it is sent', async () => {
  const service = createMailboxService(database)
  const draft = { writeId: 'w1', draftId: null, message: aMessage({ folder: 'Drafts' }) }
  const draftId = await service.write(accountId, draft)
  expect(await service.write(accountId, draft)).toBe(draftId)

  const body = { text: 'Sent.', html: null, attachments: [] }
  const sending = { writeId: 'w2', draftId, message: aMessage({ folder: 'Sent', subject: 'Dinner', from: null, body }) }
  expect(await service.write(accountId, sending)).toBe(draftId)
  expect(await service.write(accountId, sending)).toBe(draftId)
  const [sent, ...others] = await rowsOf('message')
  expect([sent?.itemId, sent?.ordinal, others]).toEqual([draftId, 1, []])
  const bodies = await rowsOf('body')
  expect(bodies.map((row) => row.payload)).toEqual([body])
  const { body: _, ...expected } = sending.message
  expect(MessagePayload.parse(sent?.payload)).toEqual({ ...expected, bodyId: bodies[0]?.itemId })
})

test('a save that comes after the draft was sent or deleted is refused and changes nothing', async () => {
  const service = createMailboxService(database)
  const message = aMessage({ folder: 'Drafts' })
  const draftId = await service.write(accountId, { writeId: 'w1', draftId: null, message })
  await service.write(accountId, { writeId: 'w2', draftId, message: aMessage({ folder: 'Sent' }) })
  const before = await rowsOf('message')
  for (const late of [draftId, crypto.randomUUID()]) {
    const writing = { writeId: `late-${late}`, draftId: late, message }
    await expect(service.write(accountId, writing)).rejects.toMatchObject({ denial: { kind: 'conflict' } })
  }
  expect(await rowsOf('message')).toEqual(before)
})

test('folders come in their usual order, with others after them', async () => {
  await append(
    aMessage({ folder: 'Zebra', seen: true }),
    aMessage({ folder: 'Inbox' }),
    aMessage({ folder: 'Inbox', seen: true }),
  )
  const folders = await createMailboxService(database).folders(accountId)
  expect(folders.map((each) => each.folder)).toEqual([
    'Inbox',
    'Sent',
    'Drafts',
    'Archive',
    'Newsletters',
    'Trash',
    'Zebra',
  ])
  expect(folders[0]).toEqual({ folder: 'Inbox', messageCount: 2, unseenCount: 1 })
})
