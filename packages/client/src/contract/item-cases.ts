import { ItemId } from '@tidegate/protocol'
import { anItem, aPage, everythingIn, headOf, ids, someChanges } from './builders.ts'
import { type CacheContractCase, expectEqual, rejectionOf } from './fixture.ts'

const FIVE_MEGABYTES = 5_000_000

/** What is written is what is read, and the cursor moves with it. */
export const itemCases: readonly CacheContractCase[] = [
  {
    name: 'an item is read back as it was written: ids in any script, payloads of nothing and of 5 MB',
    async run({ open }) {
      const cache = await open()
      const items = [
        anItem(1, { id: 'メール/1 🎏', payload: null }),
        anItem(2, { id: '\uFFFDé', payload: '' }),
        anItem(3, { id: "it's", payload: { deep: [[], {}, { '': 0 }], body: 'x'.repeat(FIVE_MEGABYTES) } }),
      ]
      await cache.applyChanges(someChanges({ upserts: items }))
      for (const item of items) expectEqual(item.id, await cache.get('mail', item.id), item)
      expectEqual('an id nobody wrote', await cache.get('mail', 'mail-9'), undefined)
      expectEqual('the same id elsewhere', await cache.get('bodies', "it's"), undefined)
    },
  },
  {
    name: 'items are listed newest first, or oldest first, within a range and up to a limit',
    async run({ open }) {
      const cache = await open()
      const items = [5, 300, 64, 63, 1].map((ordinal) => anItem(ordinal))
      await cache.applyChanges(someChanges({ upserts: items }))
      await cache.applyChanges(someChanges({ collection: 'mail-bodies', upserts: [anItem(70)] }))
      const listed = async (options?: Parameters<typeof cache.list>[1]) => ids(await cache.list('mail', options))
      expectEqual('all', await listed(), ['mail-300', 'mail-64', 'mail-63', 'mail-5', 'mail-1'])
      expectEqual('oldest', await listed({ order: 'oldest', limit: 2 }), ['mail-1', 'mail-5'])
      expectEqual('newest two', await listed({ limit: 2 }), ['mail-300', 'mail-64'])
      expectEqual('none asked', await listed({ limit: 0 }), [])
      const range = { fromOrdinal: 5, toOrdinal: 64 }
      expectEqual('in a range', await listed({ range }), ['mail-63', 'mail-5'])
      expectEqual('in a range, newest', await listed({ range, limit: 1 }), ['mail-63'])
      expectEqual('heads', await cache.heads('mail', range), [headOf(anItem(5)), headOf(anItem(63))])
    },
  },
  {
    name: 'an app that alters what it read or wrote does not alter the cache',
    async run({ open }) {
      const cache = await open()
      const payload = { subject: 'Hello' }
      await cache.applyChanges(someChanges({ upserts: [anItem(1, { payload })] }))
      payload.subject = 'altered after writing'
      const [read] = await cache.list('mail')
      if (read) Object.assign(read, { ordinal: 7, payload: null })
      const [head] = await cache.heads('mail', { fromOrdinal: 0, toOrdinal: 9 })
      if (head) head.contentHash = anItem(2).contentHash
      expectEqual('the item', await cache.get('mail', 'mail-1'), anItem(1, { payload: { subject: 'Hello' } }))
    },
  },
  {
    name: 'changes move items and cursor together, and only from the place where the cursor is',
    async run({ open }) {
      const cache = await open()
      const first = await cache.applyChanges(someChanges({ upserts: [anItem(1), anItem(2)], toSeq: 5 }))
      const deletes = [ItemId.parse('mail-1'), ItemId.parse('mail-unknown')]
      const next = await cache.applyChanges(someChanges({ upserts: [anItem(3)], deletes, fromSeq: 5, toSeq: 8 }))
      const before = await everythingIn(cache)
      const late = await cache.applyChanges(someChanges({ upserts: [anItem(4)], deletes, fromSeq: 5, toSeq: 9 }))
      expectEqual('outcomes', [first, next, late], ['applied', 'applied', 'out-of-step'])
      expectEqual('after a late one', await everythingIn(cache), before)
      expectEqual('items', ids(await cache.list('mail')), ['mail-3', 'mail-2'])
      expectEqual('cursor', (await cache.state('mail')).cursor, 8)
    },
  },
  {
    name: 'a first load that ends after a faster one is out of step, and one that ends further on is applied',
    async run({ open }) {
      const cache = await open()
      expectEqual('never loaded', (await cache.state('mail')).cursor, null)
      expectEqual('with a place', await cache.applyChanges(someChanges({ fromSeq: 3, toSeq: 4 })), 'out-of-step')
      expectEqual('fast', await cache.applyChanges(someChanges({ toSeq: 9 })), 'applied')
      expectEqual('slow', await cache.applyChanges(someChanges({ upserts: [anItem(1)], toSeq: 4 })), 'out-of-step')
      expectEqual('later', await cache.applyChanges(someChanges({ toSeq: 12 })), 'applied')
      expectEqual('cursor', (await cache.state('mail')).cursor, 12)
    },
  },
  {
    name: 'changes that lead backwards are a mistake of the caller',
    async run({ open }) {
      const cache = await open()
      await cache.applyChanges(someChanges({ toSeq: 5 }))
      const error = await rejectionOf('backwards', () => cache.applyChanges(someChanges({ fromSeq: 5, toSeq: 4 })))
      expectEqual('a RangeError', error instanceof RangeError, true)
      expectEqual('cursor', (await cache.state('mail')).cursor, 5)
    },
  },
  {
    name: 'an item whose revision moved and whose content did not keeps its payload (J4)',
    async run({ open }) {
      const cache = await open()
      await cache.applyChanges(someChanges({ upserts: [anItem(1), anItem(2)] }))
      const moved = { ...headOf(anItem(1)), revision: 7, ordinal: 200, payloadBytes: 90 }
      const otherContent = headOf(anItem(2, { revision: 8, contentHash: 'other' }))
      const unchanged = [moved, otherContent, headOf(anItem(3))]
      await cache.applyChanges(someChanges({ unchanged, fromSeq: 1, toSeq: 2 }))
      expectEqual('moved in place', await cache.get('mail', 'mail-1'), { ...anItem(1), ...moved })
      expectEqual('a new head never covers an old payload', await cache.get('mail', 'mail-2'), anItem(2))
      expectEqual('an unknown one', await cache.get('mail', 'mail-3'), undefined)
      expectEqual('order', ids(await cache.list('mail')), ['mail-1', 'mail-2'])
    },
  },
  {
    name: 'an item that is deleted and written in one call stays (C1)',
    async run({ open }) {
      const cache = await open()
      await cache.applyChanges(someChanges({ upserts: [anItem(1)] }))
      const again = anItem(1, { revision: 2, payload: 'new' })
      await cache.applyPage(aPage({ upserts: [again], deletes: [again.id] }))
      expectEqual('the item', await cache.get('mail', 'mail-1'), again)
    },
  },
  {
    name: 'a page changes items and leaves the cursor; one that ordinary sync has overtaken undoes nothing',
    async run({ open }) {
      const cache = await open()
      const newer = anItem(1, { revision: 5, contentHash: 'newer', payload: 'newer' })
      await cache.applyChanges(someChanges({ upserts: [newer, anItem(2), anItem(3)], toSeq: 10 }))
      const upserts = [anItem(1, { revision: 4 }), anItem(2, { revision: 2 })]
      await cache.applyPage(aPage({ upserts, deletes: [ItemId.parse('mail-3')], asOf: 9 }))
      expectEqual('overtaken', await cache.get('mail', 'mail-1'), newer)
      expectEqual('items', ids(await cache.list('mail')), ['mail-3', 'mail-2', 'mail-1'])
      await cache.applyPage(aPage({ upserts, deletes: [ItemId.parse('mail-3')], asOf: 10 }))
      expectEqual('what is missing now', await cache.get('mail', 'mail-3'), undefined)
      expectEqual('a restored server counts', await cache.get('mail', 'mail-1'), upserts[0])
      expectEqual('cursor', (await cache.state('mail')).cursor, 10)
    },
  },
  {
    name: 'the cursor moves forwards, and backwards only when told so',
    async run({ open }) {
      const cache = await open()
      const cursorAfter = async (toSeq: number, options?: { evenBackwards: boolean }) => {
        await cache.moveCursor('mail', toSeq, options)
        return (await cache.state('mail')).cursor
      }
      expectEqual('from nowhere', await cursorAfter(4), 4)
      expectEqual('back', await cursorAfter(3), 4)
      expectEqual('on', await cursorAfter(9), 9)
      expectEqual('back on purpose', await cursorAfter(2, { evenBackwards: true }), 2)
    },
  },
  {
    name: 'the cursor moves from a stated place only while it is there (C8)',
    async run({ open }) {
      const cache = await open()
      await cache.moveCursor('mail', 4)
      expectEqual('elsewhere', await cache.moveCursor('mail', 9, { fromSeq: 3 }), 'out-of-step')
      expectEqual('back', await cache.moveCursor('mail', 1, { fromSeq: 3, evenBackwards: true }), 'out-of-step')
      expectEqual('unmoved', (await cache.state('mail')).cursor, 4)
      expectEqual('there', await cache.moveCursor('mail', 9, { fromSeq: 4 }), 'moved')
      expectEqual('moved', (await cache.state('mail')).cursor, 9)
    },
  },
  {
    name: 'cached bytes are what the servers say, over all collections',
    async run({ open }) {
      const cache = await open()
      await cache.applyChanges(someChanges({ upserts: [anItem(1, { payloadBytes: 11 }), anItem(2)] }))
      await cache.applyChanges(someChanges({ collection: 'bodies', upserts: [anItem(1, { payloadBytes: 5 })] }))
      await cache.applyPage(aPage({ deletes: [anItem(2).id] }))
      expectEqual('bytes', await cache.cachedBytes(), 16)
    },
  },
]
