import { KeyId } from '@tidegate/protocol'
import { CacheError } from '../core/cache-error.ts'
import { EMPTY_KEY_BOOK } from '../core/key-book.ts'
import {
  aCompletedSignal,
  anAttempt,
  anItem,
  aPage,
  aReport,
  aScheme,
  aSetAsideSignal,
  everythingIn,
  someChanges,
} from './builders.ts'
import { type CacheContractCase, expectEqual, rejectionOf } from './fixture.ts'

/** What nobody can give back: pending writes, attempts, and which signals were brought to an end. */
export const recordCases: readonly CacheContractCase[] = [
  {
    name: 'what was learnt about signing keys is kept, each change made from the one before it',
    async run({ open }) {
      const cache = await open()
      expectEqual('at first', await cache.keyBook(), EMPTY_KEY_BOOK)
      const learnt = { keyId: KeyId.parse('k2'), publicKey: 'A'.repeat(43), endorsedBy: KeyId.parse('k1') }
      await cache.changeKeyBook((book) => ({ ...book, learnt: [learnt] }))
      const out = (name: string) =>
        cache.changeKeyBook((book) => ({ ...book, outKeyIds: [...book.outKeyIds, KeyId.parse(name)] }))
      const last = (await Promise.all([out('k0'), out('k1')])).at(-1)
      const kept = { learnt: [learnt], outKeyIds: ['k0', 'k1'], oldestKeyId: null }
      expectEqual('told', last, kept)
      expectEqual('kept', await cache.keyBook(), kept)
      expectEqual('unchanged', await cache.changeKeyBook((book) => book), kept)
    },
  },
  {
    name: 'pending writes are kept in the order of staging until they are dropped, whatever happens to items (C3)',
    async run({ open }) {
      const cache = await open()
      const draft = (writeId: string, payload: string) => ({ writeId, collection: 'mail', payload })
      for (const writeId of ['c', 'a', 'b']) await cache.stage(draft(writeId, 'first words'))
      await cache.stage(draft('a', 'more words'))
      await cache.applyChanges(someChanges({ upserts: [anItem(1)] }))
      await cache.applyPage(aPage({ deletes: [anItem(1).id] }))
      await cache.saveAttempt(anAttempt())
      await cache.complete(aCompletedSignal('signal-1'))
      const kept = [draft('c', 'first words'), draft('a', 'more words'), draft('b', 'first words')]
      expectEqual('pending writes', await cache.pendingWrites(), kept)
      await cache.dropPending('c')
      await cache.dropPending('unknown')
      expectEqual('after dropping', await cache.pendingWrites(), kept.slice(1))
    },
  },
  {
    name: 'an attempt is there until it is cleared or the signal is complete (C5)',
    async run({ open }) {
      const cache = await open()
      expectEqual('at first', [await cache.attempt(), await cache.completed()], [null, []])
      await cache.saveAttempt(anAttempt())
      await cache.saveAttempt(anAttempt({ attemptCount: 2, appliedBytes: 10 }))
      expectEqual('saved', await cache.attempt(), anAttempt({ attemptCount: 2, appliedBytes: 10 }))
      await cache.saveAttempt(null)
      expectEqual('cleared', await cache.attempt(), null)
      await cache.saveAttempt(anAttempt({ signalId: null }))
      await cache.complete(aCompletedSignal('signal-1'))
      expectEqual('complete', [await cache.attempt(), await cache.completed()], [null, [aCompletedSignal('signal-1')]])
    },
  },
  {
    name: 'a signal is remembered once, at its last version, and the last 256 signals are (C5)',
    async run({ open }) {
      const cache = await open()
      for (let at = 0; at < 258; at++) await cache.complete(aCompletedSignal(`signal-${at}`))
      await cache.complete(aCompletedSignal('signal-100', 2))
      const completed = await cache.completed()
      expectEqual('count', completed.length, 256)
      expectEqual('oldest', completed[0], aCompletedSignal('signal-2'))
      expectEqual(
        'signal-100',
        completed.filter(({ signalId }) => signalId === aCompletedSignal('signal-100').signalId),
        [aCompletedSignal('signal-100', 2)],
      )
    },
  },
  {
    name: 'a signal is set aside until it is complete or the app reconsiders, whatever else is attempted (C5)',
    async run({ open }) {
      const cache = await open()
      const [one, other] = [aSetAsideSignal('signal-1'), aSetAsideSignal('signal-2')]
      expectEqual('at first', await cache.setAsideSignals(), [])
      await cache.saveAttempt(anAttempt({ attemptCount: 5 }))
      await cache.setAside([one, { ...other, why: 'declined' }])
      expectEqual('its attempt', await cache.attempt(), null)
      await cache.saveAttempt(anAttempt({ signalId: null }))
      await cache.complete(aCompletedSignal('signal-3'))
      await cache.saveAttempt(null)
      await cache.setAside([aSetAsideSignal('signal-1', 2)])
      const twice = [{ ...other, why: 'declined' }, aSetAsideSignal('signal-1', 2)]
      expectEqual('at its last version', await cache.setAsideSignals(), twice)
      await cache.complete(aCompletedSignal('signal-1', 2))
      expectEqual('complete', await cache.setAsideSignals(), twice.slice(0, 1))
      await cache.saveAttempt(anAttempt())
      await cache.reconsider()
      expectEqual('reconsidered', [await cache.setAsideSignals(), await cache.attempt()], [[], anAttempt()])
      await cache.setAside(Array.from({ length: 258 }, (_, at) => aSetAsideSignal(`signal-${at}`)))
      const last = await cache.setAsideSignals()
      expectEqual('the last 256', [last.length, last[0]], [256, aSetAsideSignal('signal-2')])
    },
  },
  {
    name: 'what is to be reported is kept with the end it tells of until it is dropped, also over a reload, and the last 256 are (C5)',
    async run({ open }) {
      const cache = await open()
      expectEqual('at first', await cache.unsentReports(), [])
      await cache.complete(aCompletedSignal('signal-0'))
      await cache.complete(aCompletedSignal('signal-1'), aReport('signal-1'))
      const [declined, stuck] = [
        aReport('signal-2', { outcome: 'declined' }),
        aReport('signal-3', { outcome: 'stuck' }),
      ]
      await cache.setAside([aSetAsideSignal('signal-2'), aSetAsideSignal('signal-3')], [declined, stuck])
      await cache.reconsider()
      await cache.saveAttempt(anAttempt())
      await cache.close()
      const reloaded = await open()
      expectEqual('kept', await reloaded.unsentReports(), [aReport('signal-1'), declined, stuck])
      await reloaded.dropReport(declined.reportKey)
      await reloaded.dropReport('unknown')
      expectEqual('after dropping', await reloaded.unsentReports(), [aReport('signal-1'), stuck])
      const many = Array.from({ length: 256 }, (_, at) => aReport(`later-${at}`))
      await reloaded.setAside([], many)
      expectEqual('the last 256', await reloaded.unsentReports(), many)
    },
  },
  {
    name: 'a reload keeps everything: items, digests, cursor, pending writes, attempt and ended signals (C3, C5)',
    async run({ open }) {
      const cache = await open()
      await cache.adoptScheme('mail', aScheme())
      await cache.applyChanges(someChanges({ upserts: [anItem(1), anItem(200)], toSeq: 7 }))
      await cache.stage({ writeId: 'draft', collection: 'mail', payload: { text: 'Dear …' } })
      await cache.complete(aCompletedSignal('signal-0'), aReport('signal-0'))
      await cache.setAside([aSetAsideSignal('signal-1'), { ...aSetAsideSignal('signal-2', 3), why: 'declined' }])
      await cache.saveAttempt(
        anAttempt({ consentedBytes: 1, otherSignals: [aCompletedSignal('signal-3')], refetchedFrom: { mail: 64 } }),
      )
      const before = await everythingIn(cache)
      await cache.close()
      expectEqual('after the reload', await everythingIn(await open()), before)
    },
  },
  {
    name: 'a closed cache refuses, and closing it again does nothing',
    async run({ open }) {
      const cache = await open()
      const writing = cache.applyChanges(someChanges({ upserts: [anItem(1)] }))
      await cache.close()
      expectEqual('what was under way', await writing, 'applied')
      await cache.close()
      const error = await rejectionOf('reading', () => cache.get('mail', 'mail-1'))
      expectEqual('kind', error instanceof CacheError && error.kind, 'closed')
      expectEqual('the next one', await (await open()).get('mail', 'mail-1'), anItem(1))
    },
  },
]
