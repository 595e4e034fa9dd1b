import { ALL_ORDINALS, digestOf, EMPTY_DIGEST } from '@tidegate/protocol'
import { anItem, aPage, aScheme, headOf, someChanges } from './builders.ts'
import { type CacheContractCase, expectEqual, rejectionOf } from './fixture.ts'

const RANGES = [
  ALL_ORDINALS,
  { fromOrdinal: 0, toOrdinal: 64 },
  { fromOrdinal: 63, toOrdinal: 129 },
  { fromOrdinal: 70, toOrdinal: 71 },
  { fromOrdinal: 64, toOrdinal: 640 },
]

/** Digests say what is held, whatever has been done to it (C8). */
export const digestCases: readonly CacheContractCase[] = [
  {
    name: 'a collection without a scheme counts its items and has no digests',
    async run({ open }) {
      const cache = await open()
      await cache.applyChanges(someChanges({ upserts: [anItem(1), anItem(2)] }))
      await cache.applyPage(aPage({ deletes: [anItem(2).id] }))
      const whole = { ...EMPTY_DIGEST, itemCount: 1, payloadBytes: 100 }
      expectEqual('state', await cache.state('mail'), { cursor: 1, scheme: null, whole })
      await rejectionOf('digests', () => cache.digests('mail', [ALL_ORDINALS]))
      expectEqual('a collection nobody wrote', await cache.state('none'), {
        cursor: null,
        scheme: null,
        whole: EMPTY_DIGEST,
      })
    },
  },
  {
    name: 'digests of any range are the digest of the items in it, under the scheme adopted last (C8)',
    async run({ open }) {
      const cache = await open()
      const items = Array.from({ length: 300 }, (_, at) => anItem(at * 2 + 1))
      await cache.applyChanges(someChanges({ upserts: items }))
      for (const scheme of [aScheme(), aScheme(), aScheme('lake')]) {
        await cache.adoptScheme('mail', scheme)
        const expected = RANGES.map(({ fromOrdinal, toOrdinal }) =>
          digestOf(
            scheme,
            'mail',
            items.filter(({ ordinal }) => ordinal >= fromOrdinal && ordinal < toOrdinal),
          ),
        )
        expectEqual('digests', await cache.digests('mail', RANGES), expected)
        expectEqual('state', await cache.state('mail'), { cursor: 1, scheme, whole: expected[0] })
      }
    },
  },
  {
    name: 'an item that moves to another ordinal leaves the digest of its old range',
    async run({ open }) {
      const cache = await open()
      await cache.adoptScheme('mail', aScheme())
      await cache.applyChanges(someChanges({ upserts: [anItem(1), anItem(2)] }))
      const far = anItem(1, { ordinal: 500 })
      const farther = headOf(anItem(2, { ordinal: 600 }))
      await cache.applyPage(aPage({ upserts: [far], unchanged: [farther] }))
      const ranges = [{ fromOrdinal: 0, toOrdinal: 64 }, { fromOrdinal: 448, toOrdinal: 640 }, ALL_ORDINALS]
      const moved = digestOf(aScheme(), 'mail', [far, farther])
      expectEqual('digests', await cache.digests('mail', ranges), [EMPTY_DIGEST, moved, moved])
      expectEqual('heads', await cache.heads('mail', ALL_ORDINALS), [headOf(far), farther])
    },
  },
]
