import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SqlDatabase } from '@tidegate/guard/sql'
import { AccountId, ResourceId } from '@tidegate/protocol'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { ensureAccount } from '../mailbox/accounts.ts'
import { aMailboxDatabase } from '../testing/mailbox-fixtures.ts'
import { importMailbox } from './import-mailbox.ts'
import { NotAMailbox, readMailbox } from './read-mailbox.ts'

const REAL_MAIL = process.env.TIDEGATE_TEST_MAILDIR ?? ''

let database: SqlDatabase
let folder: string
let accountId: AccountId
let accountCount = 0

beforeAll(async () => {
  database = await aMailboxDatabase()
  folder = await mkdtemp(join(tmpdir(), 'tidegate-import-'))
})
afterAll(async () => {
  await database.close()
  await rm(folder, { recursive: true })
})
beforeEach(async () => {
  accountCount += 1
  accountId = AccountId.parse(`account-${accountCount}`)
  const resourceId = ResourceId.parse('shard-1')
  await ensureAccount(database, { accountId, resourceId, displayName: '', address: '' })
})

const imported = async (path: string) => importMailbox(database, accountId, await readMailbox(path))
const subjects = async () =>
  (
    await database.query<{ subject: string }>(
      'SELECT subject FROM mailbox.message WHERE account_id = $1 ORDER BY ordinal',
      [accountId],
    )
  ).map((row) => row.subject)
const aMail = (subject: string, text = 'Hello.') =>
  `From: a@example.test\r\nSubject: ${subject}\r\nDate: Tue, 14 Nov 2023 22:13:20 +0000\r\n\r\n${text}\r\n`
async function aMaildir(files: Record<string, string | Uint8Array>): Promise<string> {
  const path = await mkdtemp(join(folder, 'maildir-'))
  await mkdir(join(path, 'cur'))
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(path, name, '..'), { recursive: true })
    await writeFile(join(path, name), content)
  }
  return path
}

test.skipIf(!existsSync(REAL_MAIL))(
  'a real mailbox comes in whole, and importing it again adds nothing (needs TIDEGATE_TEST_MAILDIR)',
  async () => {
    const first = await imported(REAL_MAIL)
    expect(first.unreadable).toEqual([])
    expect(first.importedCount).toBeGreaterThan(0)
    const again = await imported(REAL_MAIL)
    expect(again).toMatchObject({ importedCount: 0, knownCount: first.importedCount })
    const [count] = await database.query(
      `SELECT count(*) AS messages, (SELECT count(*) FROM mailbox.body WHERE account_id = $1) AS bodies
       FROM mailbox.message WHERE account_id = $1`,
      [accountId],
    )
    expect(count).toEqual({ messages: first.importedCount, bodies: first.importedCount })
  },
)

test('a broken mail is named with its reason and does not stop the import', async () => {
  const path = await aMaildir({
    'cur/1.eml': aMail('first'),
    'cur/2.eml': '',
    'cur/3.eml': new Uint8Array(500).fill(7),
    'cur/4.eml': aMail('last'),
  })
  const summary = await imported(path)
  expect(summary.importedCount).toBe(2)
  expect(summary.unreadable).toEqual([
    { kind: 'unreadable', name: '2.eml', reason: 'is empty' },
    { kind: 'unreadable', name: '3.eml', reason: 'has no header field of a mail' },
  ])
  expect(await subjects()).toEqual(['first', 'last'])
})

test('a Maildir keeps its folders and flags', async () => {
  const path = await aMaildir({
    'cur/1:2,FRS': aMail('answered'),
    'new/2': aMail('new'),
    '.Sent.2023/cur/3:2,S': aMail('sent'),
  })
  await imported(path)
  const rows = await database.query(
    'SELECT subject, folder, seen, flagged, answered FROM mailbox.message WHERE account_id = $1 ORDER BY ordinal',
    [accountId],
  )
  expect(rows).toEqual([
    { subject: 'answered', folder: 'Inbox', seen: true, flagged: true, answered: true },
    { subject: 'new', folder: 'Inbox', seen: false, flagged: false, answered: false },
    { subject: 'sent', folder: 'Sent/2023', seen: true, flagged: false, answered: false },
  ])
})

test('an mbox file is split at its separators and nowhere else', async () => {
  const path = join(folder, 'mail.mbox')
  const separator = 'From a@example.test Tue Nov 14 22:13:20 2023\n'
  const first = `${separator}Subject: first\nStatus: RO\n\nText.\n\n>From quoted\n\nFrom my point of view this is text.\n\n`
  const second = `${separator}Subject: second\nX-Status: F\n\nNo date of its own.`
  await writeFile(path, first + second)
  expect((await imported(path)).importedCount).toBe(2)
  const rows = await database.query<{ text: string }>(
    `SELECT message.subject, seen, flagged, received_at_ms AS "receivedAtMs", body.payload->>'text' AS text
     FROM mailbox.message JOIN mailbox.body ON body.account_id = message.account_id AND body.item_id = body_id
     WHERE message.account_id = $1 ORDER BY message.ordinal`,
    [accountId],
  )
  expect(rows[0]).toMatchObject({ subject: 'first', seen: true, flagged: false })
  expect(rows[0]?.text).toContain('\nFrom quoted\n\nFrom my point of view')
  expect(rows[1]).toMatchObject({ subject: 'second', seen: false, flagged: true })
  expect(rows[1]).toMatchObject({ receivedAtMs: Date.parse('Tue Nov 14 22:13:20 2023') })
})

test('NUL characters and broken surrogates are left out, and the summary says so', async () => {
  const nul = 'From: a@example.test\nSubject: odd\nContent-Type: text/plain; charset=utf-8\n\na\0b'
  const path = await aMaildir({ 'cur/1': nul, 'cur/2': 'Subject: =?utf-16be?B?2AAAQQ==?=\n\nlone surrogate' })
  expect(await imported(path)).toMatchObject({ importedCount: 2, lostNulCount: 1 })
  const [body] = await database.query<{ text: string }>(
    `SELECT payload->>'text' AS text FROM mailbox.body WHERE account_id = $1 ORDER BY ordinal`,
    [accountId],
  )
  expect(body?.text).toContain('ab')
})

test('mails of old charsets are read as their writers meant them', async () => {
  const latin = Buffer.from(
    'From: a@example.test\nSubject: =?iso-8859-1?Q?Gr=FC=DFe?=\nContent-Type: text/plain; charset=iso-8859-1\n\nCaf\xe9',
    'latin1',
  )
  await imported(await aMaildir({ 'cur/1': latin }))
  expect(await subjects()).toEqual(['Grüße'])
})

test('mails with one Message-ID, and the very same mail twice, are mails of their own', async () => {
  const withId = (text: string) => `Message-ID: <one@example.test>\n${aMail('same id', text)}`
  const path = await aMaildir({ 'cur/1': withId('a'), 'cur/2': withId('b'), 'cur/3': withId('a') })
  expect((await imported(path)).importedCount).toBe(3)
  expect((await imported(path)).knownCount).toBe(3)
})

test('a mail that was deleted since does not come back with the next import', async () => {
  const path = await aMaildir({ 'cur/1': aMail('gone'), 'cur/2': aMail('stays') })
  await imported(path)
  await database.query(`DELETE FROM mailbox.message WHERE account_id = $1 AND subject = 'gone'`, [accountId])
  await writeFile(join(path, 'cur/3'), aMail('new'))
  expect(await imported(path)).toMatchObject({ importedCount: 1, knownCount: 2 })
  expect(await subjects()).toEqual(['stays', 'new'])
})

test('a path that is no mailbox is refused with what would be one', async () => {
  await writeFile(join(folder, 'notes.txt'), 'Just notes.')
  await expect(readMailbox(join(folder, 'missing'))).rejects.toThrow('does not exist')
  await expect(readMailbox(join(folder, 'notes.txt'))).rejects.toThrow('begins with a "From " line')
  await expect(readMailbox(await mkdtemp(join(folder, 'empty-')))).rejects.toBeInstanceOf(NotAMailbox)
})
