import type { OrdinalRange } from '@tidegate/protocol'
import type { IDBPIndex, IDBPTransaction } from 'idb'
import type { HeadsOptions, Payload, Reads, StorePart, Write } from '../../core/cache-store.ts'
import { EMPTY_KEY_BOOK } from '../../core/key-book.ts'
import type { Layout } from './layout.ts'
import {
  attemptFrom,
  completedFrom,
  digestFrom,
  headFrom,
  keyBookFrom,
  payloadFrom,
  setAsideFrom,
  stagedFrom,
  stateFrom,
  unsentFrom,
} from './records.ts'

/** The object stores of each part: transactions on different parts do not wait for one another. */
export const STORES = {
  items: ['heads', 'payloads', 'digests', 'states'],
  pending: ['pending'],
  resync: ['resync'],
} as const satisfies Record<StorePart, readonly (keyof Layout & string)[]>

type StoreName = 'heads' | 'payloads' | 'digests' | 'states' | 'pending' | 'resync'
type ReadTransaction = IDBPTransaction<Layout, StoreName[], 'readonly' | 'readwrite'>
export type WriteTransaction = IDBPTransaction<Layout, StoreName[], 'readwrite'>

/** Sorts after every string and number, so a key up to it takes all that begins alike. */
const AFTER_ALL: IDBValidKey = []

/** @returns what a plan may read, each read a request of `transaction` */
export function readsOf(transaction: ReadTransaction): Reads {
  const store = <Name extends StoreName>(name: Name) => transaction.objectStore(name)
  return {
    state: async (collection) => optionally(stateFrom, await store('states').get(collection)),
    states: async () => (await store('states').getAll()).map(stateFrom),
    head: async (collection, id) => optionally(headFrom, await store('heads').get([collection, id])),
    heads: async (collection, range, options) => {
      const index = store('heads').index('byOrdinal')
      return (await headValues(index, ordinalKeys(collection, range), options)).map(headFrom)
    },
    payload: async (collection, id) => payloadFrom(await store('payloads').get([collection, id])),
    payloads: async (collection, ids) => {
      const payloads = store('payloads')
      if (ids !== 'all') return byId(ids, await Promise.all(ids.map((id) => payloads.get([collection, id]))))
      const keys = keysOf(collection)
      const [found, values] = await Promise.all([payloads.getAllKeys(keys), payloads.getAll(keys)])
      return byId(
        found.map(([, id]) => id),
        values,
      )
    },
    digest: async (collection, bucket) => optionally(digestFrom, await store('digests').get([collection, bucket])),
    digests: async (collection, fromBucket, toBucket) => {
      const keys = IDBKeyRange.bound([collection, fromBucket], [collection, toBucket], false, true)
      return (await store('digests').getAll(keys)).map(digestFrom)
    },
    pending: async () => (await store('pending').getAll()).map(stagedFrom),
    attempt: async () => optionally(attemptFrom, await store('resync').get('attempt')) ?? null,
    completed: async () => optionally(completedFrom, await store('resync').get('completed')) ?? [],
    setAside: async () => optionally(setAsideFrom, await store('resync').get('setAside')) ?? [],
    unsent: async () => unsentFrom(await store('resync').get('unsent')),
    keyBook: async () => optionally(keyBookFrom, await store('resync').get('keyBook')) ?? EMPTY_KEY_BOOK,
  }
}

/**
 * Sends one write off. Requests are carried out in the order they were made; one that fails aborts its transaction, which
 * is how the caller hears of it.
 */
export function carryOut(transaction: WriteTransaction, write: Write): void {
  const store = <Name extends StoreName>(name: Name) => transaction.objectStore(name)
  switch (write.kind) {
    case 'put-head':
      sent(store('heads').put({ collection: write.collection, ...write.head }))
      break
    case 'put-payload':
      sent(store('payloads').put(write.payload, [write.collection, write.id]))
      break
    case 'delete-item':
      sent(store('heads').delete([write.collection, write.id]))
      sent(store('payloads').delete([write.collection, write.id]))
      break
    case 'put-state':
      sent(store('states').put(write.state, write.collection))
      break
    case 'drop-digests':
      sent(store('digests').delete(keysOf(write.collection)))
      break
    case 'put-digest':
      sent(store('digests').put(write.digest, [write.collection, write.bucket]))
      break
    case 'delete-digest':
      sent(store('digests').delete([write.collection, write.bucket]))
      break
    case 'put-pending':
      sent(store('pending').put(write.pending, write.pending.writeId))
      break
    case 'delete-pending':
      sent(store('pending').delete(write.writeId))
      break
    case 'put-attempt':
      sent(write.attempt ? store('resync').put(write.attempt, 'attempt') : store('resync').delete('attempt'))
      break
    case 'put-completed':
      sent(store('resync').put(write.completed, 'completed'))
      break
    case 'put-set-aside':
      sent(store('resync').put(write.setAside, 'setAside'))
      break
    case 'put-unsent':
      sent(store('resync').put(write.unsent, 'unsent'))
      break
    case 'put-key-book':
      sent(store('resync').put(write.keyBook, 'keyBook'))
      break
  }
}

function sent(request: Promise<unknown>): void {
  request.catch(() => {}) // told by the transaction
}

function keysOf(collection: string): IDBKeyRange {
  return IDBKeyRange.bound([collection], [collection, AFTER_ALL])
}

function byId(ids: readonly string[], values: readonly unknown[]): ReadonlyMap<string, Payload> {
  const payloads = values.map(payloadFrom)
  return new Map(ids.flatMap((id, at) => (payloads[at] === undefined ? [] : [[id, payloads[at]]])))
}

function optionally<T>(parse: (value: unknown) => T, value: unknown): T | undefined {
  return value === undefined ? undefined : parse(value)
}

function ordinalKeys(collection: string, { fromOrdinal, toOrdinal }: OrdinalRange): IDBKeyRange {
  return IDBKeyRange.bound([collection, fromOrdinal], [collection, toOrdinal], false, true)
}

type HeadIndex = IDBPIndex<Layout, StoreName[], 'heads', 'byOrdinal', 'readonly' | 'readwrite'>

/** In one request, except for the newest few of many: those come one by one, because `getAll` only reads forward. */
async function headValues(
  index: HeadIndex,
  keys: IDBKeyRange,
  { order = 'oldest', limit }: HeadsOptions = {},
): Promise<unknown[]> {
  if (limit === 0) return [] // to getAll, 0 means no limit
  if (order === 'oldest') return index.getAll(keys, limit)
  if (limit === undefined) return (await index.getAll(keys)).reverse()
  const newest: unknown[] = []
  let cursor = await index.openCursor(keys, 'prev')
  while (cursor) {
    newest.push(cursor.value)
    cursor = newest.length < limit ? await cursor.continue() : null
  }
  return newest
}
