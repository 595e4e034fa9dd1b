import { AccountId, ClientIdentity } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import type { Sighting } from '../core/ledger.ts'
import { SightingBook } from './sighting-book.ts'

const HOUR_MS = 3_600_000

test('a client that asks all day is written once that day', async () => {
  const book = new SightingBook()
  expect(await written(book, aSighting(), 0)).toHaveLength(1)
  expect(await written(book, aSighting(), 1 * HOUR_MS)).toHaveLength(0)
  expect(await written(book, aSighting(), 25 * HOUR_MS)).toHaveLength(1)
})

test('a client that was updated is written again', async () => {
  const book = new SightingBook()
  await written(book, aSighting(), 0)
  expect(await written(book, aSighting({ appVersion: '2.0' }), 1)).toHaveLength(1)
})

test('a client whose cache grew by more than a quarter is written again', async () => {
  const book = new SightingBook()
  await written(book, aSighting(), 0)
  expect(await written(book, aSighting({ cachedBytes: 6_000 }), 1)).toHaveLength(0)
  expect(await written(book, aSighting({ cachedBytes: 6_300 }), 2)).toHaveLength(1)
})

test('an ordinary request, which does not say what is stored, takes nothing away from what is known', async () => {
  const book = new SightingBook()
  expect(await written(book, aSighting({ cachedBytes: null }), 0)).toMatchObject([{ cachedBytes: null }])
  expect(await written(book, aSighting(), 1)).toMatchObject([{ cachedBytes: 5_000 }])
  expect(await written(book, aSighting({ cachedBytes: null }), 2)).toHaveLength(0)
  expect(await written(book, aSighting({ cachedBytes: null }), 25 * HOUR_MS)).toMatchObject([{ cachedBytes: 5_000 }])
})

test('what could not be written waits for the next time', async () => {
  const book = new SightingBook()
  book.note(aSighting(), 0)
  await expect(book.flush(() => Promise.reject(new Error('connection refused')))).rejects.toThrow('refused')
  expect(await written(book)).toHaveLength(1)
})

test('it remembers what a client stores', () => {
  const book = new SightingBook()
  const { accountId, client } = aSighting()
  expect(book.cachedBytesOf(accountId, client)).toBeNull()
  book.note(aSighting(), 0)
  expect(book.cachedBytesOf(accountId, client)).toBe(5_000)
})

async function written(book: SightingBook, sighting?: Sighting, nowMs = 0): Promise<readonly Sighting[]> {
  if (sighting) book.note(sighting, nowMs)
  const all: Sighting[] = []
  await book.flush(async (batch) => {
    all.push(...batch)
  })
  return all
}

function aSighting({
  appVersion = '1.0',
  cachedBytes = 5_000,
}: {
  appVersion?: string
  cachedBytes?: number | null
} = {}): Sighting {
  return {
    accountId: AccountId.parse('ann'),
    client: ClientIdentity.parse({ clientId: 'phone', clientClass: 'mobile', appVersion }),
    cachedBytes,
  }
}
