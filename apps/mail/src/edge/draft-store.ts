import { type Cache, isCacheGone } from '@tidegate/client'
import { type Draft, DraftPayload } from '../core/draft.ts'

/** The collection that drafts are pending writes of. */
const DRAFTS = 'drafts'
/** What the disk refused is tried again after so long: soon enough after room was made, and no burden until then. */
const RETRY_MS = 3_000

export interface DraftSnapshot {
  /** The one written to last first. */
  readonly drafts: readonly Draft[]
  /** Those whose newest words are not durable yet. */
  readonly unsavedIds: ReadonlySet<string>
  /** Those of them that this device refused to keep at the last try. */
  readonly refusedIds: ReadonlySet<string>
  /** Nothing will be kept in this tab any more until it is reloaded. */
  readonly isCacheGone: boolean
}

/**
 * What is being written, kept in the cache as pending local writes with every keystroke (C3). All tabs of the app show the
 * same drafts: a tab that knew an older one would write it over the newer one, or throw an empty one away.
 */
export interface DraftStore {
  snapshot(): DraftSnapshot
  subscribe(listener: () => void): () => void
  save(draft: Draft): void
  /** Sent, or thrown away. */
  drop(writeId: string): Promise<void>
}

/** @param tabs tells the other tabs that something was kept or dropped, and hears it from them; null where there is none */
export function openDraftStore(
  cache: Cache,
  { tabs, onError }: { readonly tabs: BroadcastChannel | null; readonly onError: (error: unknown) => void },
): DraftStore {
  const listeners = new Set<() => void>()
  const drafts = new Map<string, Draft>()
  const unsavedIds = new Set<string>()
  const refusedIds = new Set<string>()
  const writing = new Map<string, Promise<void>>()
  let isGone = false
  let shown: DraftSnapshot = { drafts: [], unsavedIds: new Set(), refusedIds: new Set(), isCacheGone: false }

  const show = () => {
    const newestFirst = [...drafts.values()].sort((left, right) => right.savedAtMs - left.savedAtMs)
    shown = {
      drafts: newestFirst,
      unsavedIds: new Set(unsavedIds),
      refusedIds: new Set(refusedIds),
      isCacheGone: isGone,
    }
    for (const listener of listeners) listener()
  }

  const tryToKeep = async ({ writeId, ...payload }: Draft): Promise<boolean> => {
    try {
      await cache.stage({ writeId, collection: DRAFTS, payload })
      refusedIds.delete(writeId)
      return true
    } catch (error) {
      onError(error)
      isGone = isCacheGone(error)
      refusedIds.add(writeId)
      show()
      if (isGone) return false
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
      return false
    }
  }

  // One write at a time per draft, always of its newest words: typing faster than the disk writes skips what is outdated.
  const write = async (writeId: string) => {
    for (let draft = drafts.get(writeId); draft !== undefined; ) {
      const isKept = await tryToKeep(draft)
      if (isGone) return
      const newest = drafts.get(writeId)
      if (isKept && newest === draft) {
        unsavedIds.delete(writeId)
        show()
        tabs?.postMessage(null)
        return
      }
      draft = newest
    }
  }

  /** What is kept counts, but for words that this tab is about to keep. */
  const read = async () => {
    const kept = (await cache.pendingWrites()).filter(({ collection }) => collection === DRAFTS)
    for (const writeId of drafts.keys()) if (!unsavedIds.has(writeId)) drafts.delete(writeId)
    for (const { writeId, payload } of kept) {
      const draft = DraftPayload.safeParse(payload)
      if (draft.success && !unsavedIds.has(writeId)) drafts.set(writeId, { ...draft.data, writeId })
    }
    show()
  }
  tabs?.addEventListener('message', () => void read().catch(onError))
  void read().catch(onError)

  return {
    snapshot: () => shown,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    save(draft) {
      drafts.set(draft.writeId, draft)
      unsavedIds.add(draft.writeId)
      show()
      if (writing.has(draft.writeId)) return
      const done = write(draft.writeId).finally(() => writing.delete(draft.writeId))
      writing.set(draft.writeId, done)
    },
    async drop(writeId) {
      drafts.delete(writeId)
      unsavedIds.delete(writeId)
      refusedIds.delete(writeId)
      show()
      await writing.get(writeId)
      // Where nothing is kept any more there is nothing to drop: who sent it must not be told that it failed.
      await cache.dropPending(writeId).catch((error: unknown) => {
        if (!isCacheGone(error)) throw error
        onError(error)
      })
      tabs?.postMessage(null)
      void read().catch(onError) // what another tab said meanwhile may have brought it back
    },
  }
}
