import type { Cache } from '../cache.ts'
import type { Payload } from '../core/cache-store.ts'
import {
  aCompletedSignal,
  anAttempt,
  anItem,
  aPage,
  aReport,
  aScheme,
  aSetAsideSignal,
  everythingIn,
  headOf,
  someChanges,
} from './builders.ts'
import { type CacheContractCase, expectEqual, rejectionOf } from './fixture.ts'

const WRITING_CALLS: Record<string, (cache: Cache) => Promise<unknown>> = {
  applyChanges: (cache) => cache.applyChanges(someChanges({ ...everyKindOfChange(), fromSeq: 7, toSeq: 8 })),
  applyPage: (cache) => cache.applyPage(aPage(everyKindOfChange())),
  moveCursor: (cache) => cache.moveCursor('mail', 9),
  adoptScheme: (cache) => cache.adoptScheme('mail', aScheme('lake')),
  stage: (cache) => cache.stage({ writeId: 'draft', collection: 'mail', payload: 'second words' }),
  dropPending: (cache) => cache.dropPending('draft'),
  saveAttempt: (cache) => cache.saveAttempt(null),
  complete: (cache) => cache.complete(aCompletedSignal('signal-1'), aReport('signal-1')),
  setAside: (cache) => cache.setAside([aSetAsideSignal('signal-1')], [aReport('signal-1')]),
  dropReport: (cache) => cache.dropReport(aReport('signal-0').reportKey),
}

/** Each writing call is there as a whole or not at all (C1, C3, C5). */
export const crashCases: readonly CacheContractCase[] = [
  ...Object.entries(WRITING_CALLS).map(
    ([name, call]): CacheContractCase => ({
      name: `${name} that breaks off at any of its records leaves everything as it was, also after a reload (C1, C3, C5)`,
      needs: 'failAtWrite',
      async run({ open, failAtWrite }) {
        const cache = await open()
        await fill(cache)
        const before = await everythingIn(cache)
        const outcomeAt = async (count: number) => {
          const stop = failAtWrite?.(count)
          const outcome = await call(cache).then(
            () => 'kept',
            () => 'undone',
          )
          expectEqual(`outcome at record ${count}`, outcome, stop?.() ? 'undone' : 'kept')
          return outcome
        }
        let recordCount = 0
        while ((await outcomeAt(recordCount + 1)) === 'undone') {
          recordCount += 1
          expectEqual(`in this tab, at record ${recordCount}`, await everythingIn(cache), before)
          const reloaded = await open()
          expectEqual(`after a reload, at record ${recordCount}`, await everythingIn(reloaded), before)
          await reloaded.close()
        }
        expectEqual('it broke off at least once', recordCount > 0, true)
      },
    }),
  ),
  {
    name: 'a payload that cannot be stored is refused, and nothing of its call is written',
    async run({ open }) {
      const cache = await open()
      await fill(cache)
      const before = await everythingIn(cache)
      const payload = (() => {}) as unknown as Payload // what a caller without types may hand over
      const upserts = [anItem(1, { revision: 3 }), { ...anItem(2), payload }]
      await rejectionOf('a page', () => cache.applyPage(aPage({ upserts, deletes: [anItem(3).id] })))
      await rejectionOf('a draft', () => cache.stage({ writeId: 'draft', collection: 'mail', payload }))
      expectEqual('afterwards', await everythingIn(cache), before)
    },
  },
]

async function fill(cache: Cache): Promise<void> {
  await cache.adoptScheme('mail', aScheme())
  const upserts = [1, 2, 3, 70, 140].map((ordinal) => anItem(ordinal))
  await cache.applyChanges(someChanges({ upserts, toSeq: 7 }))
  await cache.stage({ writeId: 'draft', collection: 'mail', payload: 'first words' })
  await cache.complete(aCompletedSignal('signal-0'), aReport('signal-0'))
  await cache.saveAttempt(anAttempt())
}

function everyKindOfChange() {
  return {
    upserts: [anItem(1, { revision: 2, contentHash: 'new', payload: 'new' }), anItem(300)],
    unchanged: [headOf(anItem(2, { revision: 2, ordinal: 75 }))],
    deletes: [anItem(3).id, anItem(140).id],
  }
}
