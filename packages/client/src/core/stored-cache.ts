import {
  ALL_ORDINALS,
  addDigests,
  type ChangeSeq,
  type DigestScheme,
  digestOf,
  EMPTY_DIGEST,
  isComparable,
  type OrdinalRange,
  type RangeDigest,
  type Report,
} from '@tidegate/protocol'
import type { Cache, CollectionState, CompletedSignal } from '../cache.ts'
import type { CacheStore, Plan, Reads, Write } from './cache-store.ts'
import type { ChangeListeners } from './change-listeners.ts'
import { bucketSums, countsOf, type HeadMove, partsOf } from './digest-buckets.ts'
import { type ItemChanges, itemMoves, touchedIds } from './item-moves.ts'

/** How many ended signals are remembered, and how many that were set aside, and unsent reports: far more than can be in force at once, and little enough to read in one piece. */
export const COMPLETED_LIMIT = 256

const NOTHING_YET: CollectionState = { cursor: null, scheme: null, whole: EMPTY_DIGEST }

/** A {@link Cache} over any {@link CacheStore}: every rule of a cache, and none of its input and output. */
export function storedCache(store: CacheStore, listeners: ChangeListeners): Cache {
  /** A transaction on the items and the state of one collection. */
  function change<T>(collection: string, plan: (read: Reads, before: CollectionState) => Promise<Plan<T>>): Promise<T> {
    return store.write('items', async (read) => plan(read, (await read.state(collection)) ?? NOTHING_YET))
  }

  return {
    get: (collection, id) =>
      store.read('items', async (read) => {
        const [head, payload] = await Promise.all([read.head(collection, id), read.payload(collection, id)])
        return head && payload !== undefined ? { ...head, payload } : undefined
      }),

    list: (collection, { range = ALL_ORDINALS, ...options } = {}) =>
      store.read('items', async (read) => {
        const heads = await read.heads(collection, range, { order: options.order ?? 'newest', ...options })
        const isWhole = heads.length === (await read.state(collection))?.whole.itemCount
        const payloads = await read.payloads(collection, isWhole ? 'all' : heads.map((head) => head.id))
        return heads.flatMap((head) => {
          const payload = payloads.get(head.id)
          return payload === undefined ? [] : [{ ...head, payload }]
        })
      }),

    subscribe: (collection, listener) => listeners.add(collection, listener),

    applyChanges: async (changes) => {
      const { collection, fromSeq, toSeq } = changes
      if (fromSeq !== null && fromSeq > toSeq)
        throw new RangeError(`Cannot apply changes: fromSeq must not be above toSeq, got ${fromSeq} and ${toSeq}`)
      return change(collection, async (read, before) => {
        // A first load that ends after somebody else's, at an earlier place, is out of step as well.
        const isInStep = fromSeq === null ? (before.cursor ?? 0) <= toSeq : before.cursor === fromSeq
        if (!isInStep) return { result: 'out-of-step', writes: [] }
        return { result: 'applied', ...(await changeItems(read, collection, { ...before, cursor: toSeq }, changes)) }
      })
    },

    applyPage: async (page) =>
      change(page.collection, async (read, before) => ({
        result: undefined,
        ...(await changeItems(read, page.collection, before, page)),
      })),

    moveCursor: async (collection, toSeq, { evenBackwards, fromSeq } = {}) =>
      change(collection, async (_read, before) => {
        if (fromSeq !== undefined && before.cursor !== fromSeq) return { result: 'out-of-step', writes: [] }
        const isMoved = isForward(before.cursor, toSeq, evenBackwards)
        const state = { ...before, cursor: toSeq }
        return { result: 'moved', writes: isMoved ? [{ kind: 'put-state', collection, state }] : [] }
      }),

    state: (collection) => store.read('items', async (read) => (await read.state(collection)) ?? NOTHING_YET),

    adoptScheme: async (collection, scheme) =>
      change(collection, async (read, before) => {
        if (before.scheme && isComparable(before.scheme, scheme)) return { result: undefined, writes: [] }
        const heads = await read.heads(collection, ALL_ORDINALS)
        const sums = bucketSums(scheme, collection, heads.map(coming))
        const writes: Write[] = [{ kind: 'drop-digests', collection }]
        for (const [bucket, digest] of sums) writes.push({ kind: 'put-digest', collection, bucket, digest })
        const state = { ...before, scheme, whole: sumUp(sums.values()) }
        return { result: undefined, writes: [...writes, { kind: 'put-state', collection, state }] }
      }),

    digests: (collection, ranges) =>
      store.read('items', async (read) => {
        const scheme = (await read.state(collection))?.scheme
        if (!scheme) throw new Error(`Cannot give digests of "${collection}": it has no digest scheme yet`)
        return Promise.all(ranges.map((range) => rangeDigest(read, scheme, collection, range)))
      }),

    heads: (collection, range) =>
      store.read('items', async (read) => [...(await read.heads(collection, range, { order: 'oldest' }))]),

    cachedBytes: () =>
      store.read('items', async (read) =>
        (await read.states()).reduce((bytes, state) => bytes + state.whole.payloadBytes, 0),
      ),

    stage: ({ writeId, collection, payload }) =>
      store.write('pending', async (read) => {
        const staged = await read.pending()
        const place =
          staged.find((other) => other.writeId === writeId)?.place ??
          staged.reduce((last, other) => Math.max(last, other.place), 0) + 1
        const writes: Write[] = [{ kind: 'put-pending', pending: { writeId, collection, payload, place } }]
        return { result: undefined, writes }
      }),

    pendingWrites: () =>
      store.read('pending', async (read) =>
        [...(await read.pending())]
          .sort((left, right) => left.place - right.place)
          .map(({ writeId, collection, payload }) => ({ writeId, collection, payload })),
      ),

    dropPending: (writeId) =>
      store.write('pending', async () => ({ result: undefined, writes: [{ kind: 'delete-pending', writeId }] })),

    attempt: () => store.read('resync', (read) => read.attempt()),

    saveAttempt: (attempt) =>
      store.write('resync', async () => ({ result: undefined, writes: [{ kind: 'put-attempt', attempt }] })),

    completed: () => store.read('resync', async (read) => [...(await read.completed())]),

    complete: (signal, report) =>
      store.write('resync', async (read) => {
        const [completed, setAside, unsent] = await Promise.all([read.completed(), read.setAside(), read.unsent()])
        return {
          result: undefined,
          writes: [
            { kind: 'put-attempt', attempt: null },
            { kind: 'put-completed', completed: remembering(completed, [signal]) },
            { kind: 'put-set-aside', setAside: without(setAside, [signal]) },
            ...(report === undefined ? [] : [toSend(unsent, [report])]),
          ],
        }
      }),

    setAsideSignals: () => store.read('resync', async (read) => [...(await read.setAside())]),

    setAside: (signals, reports = []) =>
      store.write('resync', async (read) => ({
        result: undefined,
        writes: [
          { kind: 'put-attempt', attempt: null },
          { kind: 'put-set-aside', setAside: remembering(await read.setAside(), signals) },
          ...(reports.length === 0 ? [] : [toSend(await read.unsent(), reports)]),
        ],
      })),

    reconsider: () =>
      store.write('resync', async () => ({ result: undefined, writes: [{ kind: 'put-set-aside', setAside: [] }] })),

    unsentReports: () => store.read('resync', async (read) => [...(await read.unsent())]),

    dropReport: (reportKey) =>
      store.write('resync', async (read) => {
        const unsent = (await read.unsent()).filter((report) => report.reportKey !== reportKey)
        return { result: undefined, writes: [{ kind: 'put-unsent', unsent }] }
      }),

    keyBook: () => store.read('resync', (read) => read.keyBook()),

    changeKeyBook: (change) =>
      store.write('resync', async (read) => {
        const before = await read.keyBook()
        const keyBook = change(before)
        return { result: keyBook, writes: keyBook === before ? [] : [{ kind: 'put-key-book', keyBook }] }
      }),

    close: () => store.close(),
  }
}

/** Writes that bring the items of a collection, their digests and its state from `state` to where `changes` lead. */
async function changeItems(
  read: Reads,
  collection: string,
  state: CollectionState,
  changes: ItemChanges,
): Promise<Omit<Plan<never>, 'result'>> {
  const heads = await Promise.all(touchedIds(changes).map((id) => read.head(collection, id)))
  const held = new Map(heads.flatMap((head) => (head ? [[head.id as string, head]] : [])))
  const moves = itemMoves(held, changes, state.cursor)
  const sums = state.scheme ? bucketSums(state.scheme, collection, moves) : new Map<number, RangeDigest>()
  const added = state.scheme ? sumUp(sums.values()) : countsOf(moves)

  const digestWrites = [...sums].map(async ([bucket, sum]): Promise<Write> => {
    const digest = addDigests((await read.digest(collection, bucket)) ?? EMPTY_DIGEST, sum)
    return digest.itemCount === 0
      ? { kind: 'delete-digest', collection, bucket }
      : { kind: 'put-digest', collection, bucket, digest }
  })
  const itemWrites = moves.flatMap(({ id, after, payload }): Write[] => {
    if (!after) return [{ kind: 'delete-item', collection, id }]
    const head: Write = { kind: 'put-head', collection, head: after }
    return payload === undefined ? [head] : [head, { kind: 'put-payload', collection, id, payload }]
  })
  const stateWrite: Write = {
    kind: 'put-state',
    collection,
    state: { ...state, whole: addDigests(state.whole, added) },
  }
  const upserted = moves.filter((move) => move.after).map((move) => move.id)
  const deleted = moves.filter((move) => !move.after).map((move) => move.id)
  return {
    writes: [...itemWrites, ...(await Promise.all(digestWrites)), stateWrite],
    change: moves.length === 0 ? undefined : { collection, upserted, deleted },
  }
}

async function rangeDigest(
  read: Reads,
  scheme: DigestScheme,
  collection: string,
  range: OrdinalRange,
): Promise<RangeDigest> {
  const { buckets, edges } = partsOf(range)
  const [whole, ...partial] = await Promise.all([
    buckets ? read.digests(collection, buckets.fromBucket, buckets.toBucket) : [],
    ...edges.map((edge) => read.heads(collection, edge)),
  ])
  return addDigests(sumUp(whole), digestOf(scheme, collection, partial.flat()))
}

function sumUp(digests: Iterable<RangeDigest>): RangeDigest {
  let sum = EMPTY_DIGEST
  for (const digest of digests) sum = addDigests(sum, digest)
  return sum
}

/** Each signal once, at its last version, the last of them at the end. */
function remembering<T extends CompletedSignal>(known: readonly T[], signals: readonly T[]): readonly T[] {
  return [...without(known, signals), ...signals].slice(-COMPLETED_LIMIT)
}

function toSend(unsent: readonly Report[], reports: readonly Report[]): Write {
  return { kind: 'put-unsent', unsent: [...unsent, ...reports].slice(-COMPLETED_LIMIT) }
}

function without<T extends CompletedSignal>(known: readonly T[], signals: readonly CompletedSignal[]): readonly T[] {
  return known.filter((each) => !signals.some(({ signalId }) => signalId === each.signalId))
}

function coming(after: NonNullable<HeadMove['after']>): HeadMove {
  return { before: undefined, after }
}

function isForward(cursor: ChangeSeq | null, toSeq: ChangeSeq, evenBackwards = false): boolean {
  return evenBackwards || cursor === null || toSeq > cursor
}
