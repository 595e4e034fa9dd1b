import type { Cache, CacheChange } from '../cache.ts'
import { anItem, aPage, ids, someChanges } from './builders.ts'
import { type CacheContractCase, expectEqual } from './fixture.ts'

/** Two tabs on the same data, and who is told what. */
export const tabCases: readonly CacheContractCase[] = [
  {
    name: 'of two tabs that bring the same changes at once, exactly one applies them (C9)',
    async run({ open }) {
      const tabs = [await open(), await open()]
      for (let seq = 0; seq < 10; seq++) {
        const upserts = [anItem(seq)]
        const race = tabs.map((tab) =>
          tab.applyChanges(someChanges({ upserts, fromSeq: seq === 0 ? null : seq, toSeq: seq + 1 })),
        )
        const outcomes = (await Promise.all(race)).sort()
        // A first load may be applied twice: both lead from nowhere to the same place.
        expectEqual(`outcomes at ${seq}`, outcomes, seq === 0 ? ['applied', 'applied'] : ['applied', 'out-of-step'])
      }
      for (const tab of tabs) expectEqual('items', (await tab.list('mail')).length, 10)
    },
  },
  {
    name: 'listeners of every tab hear of each commit once, in order, and only of theirs',
    async run({ open }) {
      const [here, there] = [await open(), await open()]
      const ears = [listenTo(here, 'mail'), listenTo(there, 'mail')]
      const other = listenTo(there, 'bodies')
      for (let ordinal = 1; ordinal <= 5; ordinal++)
        await here.applyPage(aPage({ upserts: [anItem(ordinal)], deletes: [anItem(ordinal - 1).id] }))
      await here.applyChanges(someChanges({ upserts: [anItem(9)], fromSeq: 77, toSeq: 78 })) // out of step
      await here.applyPage(aPage({ deletes: [anItem(90).id] })) // unknown: nothing changed
      await here.moveCursor('mail', 3)
      await here.applyPage(aPage({ collection: 'bodies', upserts: [anItem(1)] })) // the last commit, heard in its turn
      await other.heard(1)
      const expected = [1, 2, 3, 4, 5].map((ordinal) => ({
        collection: 'mail',
        upserted: [anItem(ordinal).id],
        deleted: ordinal === 1 ? [] : [anItem(ordinal - 1).id],
      }))
      for (const ear of ears) expectEqual('told', ear.changes.map(sorted), expected)
      expectEqual('told of bodies', ids(await there.list('bodies')), ['mail-1'])
    },
  },
  {
    name: 'a listener that throws or stops does not keep the others from hearing',
    async run({ open }) {
      const cache = await open()
      cache.subscribe('mail', () => {
        throw new Error('a bug of the app')
      })
      const stopped = listenTo(cache, 'mail')
      stopped.stop()
      const last = listenTo(cache, 'mail')
      expectEqual('outcome', await cache.applyChanges(someChanges({ upserts: [anItem(1)] })), 'applied')
      await last.heard(1)
      expectEqual('told', [stopped.changes.length, last.changes.length], [0, 1])
    },
  },
  {
    name: 'whenever it tells of a change, a cache shows every item that is in the old state and in the new (C1)',
    async run({ open }) {
      const [here, there] = [await open(), await open()]
      const old = Array.from({ length: 40 }, (_, at) => anItem(at))
      await here.applyChanges(someChanges({ upserts: old }))
      // The server deleted every fifth, changed every second, and has ten new ones.
      const changed = old.filter(({ ordinal }) => ordinal % 2 === 0 && ordinal % 5 !== 0)
      const replaced = changed.map(({ ordinal }) => anItem(ordinal, { revision: 2, contentHash: 'new' }))
      const fresh = Array.from({ length: 10 }, (_, at) => anItem(100 + at))
      const gone = old.filter(({ ordinal }) => ordinal % 5 === 0)
      const staying = ids(old.filter(({ ordinal }) => ordinal % 5 !== 0))

      const seen: Promise<readonly string[]>[] = []
      for (const tab of [here, there]) tab.subscribe('mail', () => seen.push(tab.list('mail').then(ids)))
      const ear = listenTo(there, 'mail')
      for (let at = 0; at < 5; at++) {
        const upserts = [...replaced, ...fresh].filter((_, place) => place % 5 === at)
        await here.applyPage(
          aPage({ upserts, deletes: gone.filter((_, place) => place % 5 === at).map(({ id }) => id) }),
        )
      }
      await ear.heard(5)
      expectEqual('notifications', seen.length, 10)
      for (const shown of await Promise.all(seen))
        expectEqual(
          'missing',
          staying.filter((id) => !shown.includes(id)),
          [],
        )
    },
  },
]

function listenTo(cache: Cache, collection: string) {
  const changes: CacheChange[] = []
  const waiting: { readonly count: number; readonly wake: () => void }[] = []
  const stop = cache.subscribe(collection, (change) => {
    changes.push(change)
    for (const { count, wake } of waiting) if (changes.length >= count) wake()
  })
  const heard = (count: number) =>
    new Promise<void>((wake) => (changes.length >= count ? wake() : waiting.push({ count, wake })))
  return { changes, heard, stop }
}

function sorted(change: CacheChange): CacheChange {
  return { ...change, upserted: [...change.upserted].sort(), deleted: [...change.deleted].sort() }
}
