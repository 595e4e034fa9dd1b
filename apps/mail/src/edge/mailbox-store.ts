import type { Cache, CachedItem } from '@tidegate/client'
import { type Mailbox, type PendingAction, withChanges, withPending } from '../core/mailbox.ts'
import { MESSAGES, type Message, MessagePayload } from '../core/message.ts'

export interface MailboxSnapshot {
  readonly mailbox: Mailbox
  /** False until the cache was read for the first time. */
  readonly isRead: boolean
}

/** The mails of the cache in memory, kept up with every commit, in this tab or another one. */
export interface MailboxStore {
  snapshot(): MailboxSnapshot
  subscribe(listener: () => void): () => void
  /** Shows what was asked for at once, while `work` asks the server; whatever comes of it, the cache has the last word. */
  act(id: string, action: PendingAction, work: () => Promise<void>): Promise<void>
  close(): void
}

export function openMailboxStore(cache: Cache): MailboxStore {
  const listeners = new Set<() => void>()
  const pending = new Map<string, PendingAction>()
  const dirtyIds = new Set<string>()
  let truth: Mailbox = new Map()
  let shown: MailboxSnapshot = { mailbox: truth, isRead: false }
  let isReading = true

  const show = (isRead = shown.isRead) => {
    shown = { mailbox: withPending(truth, pending), isRead }
    for (const listener of listeners) listener()
  }

  // Reads what changed, in batches: while one is being read the next one gathers. What is read is always the cache's
  // current truth, so it does not matter which of two commits told of an id.
  const readDirty = async () => {
    while (dirtyIds.size > 0) {
      const ids = [...dirtyIds]
      dirtyIds.clear()
      const items = await Promise.all(ids.map((id) => cache.get(MESSAGES, id)))
      truth = withChanges(truth, {
        upserts: items.flatMap(messageOf),
        deletes: ids.filter((_, at) => items[at] === undefined),
      })
      show()
    }
    isReading = false
  }

  const stop = cache.subscribe(MESSAGES, ({ upserted, deleted }) => {
    for (const id of [...upserted, ...deleted]) dirtyIds.add(id)
    if (isReading) return
    isReading = true
    void readDirty()
  })

  void cache.list(MESSAGES).then((items) => {
    truth = new Map(items.flatMap(messageOf).map((message) => [message.id, message]))
    show(true)
    return readDirty()
  })

  return {
    snapshot: () => shown,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async act(id, action, work) {
      pending.set(id, action)
      show()
      try {
        await work()
      } finally {
        // A later click on the same mail has taken its place and ends by itself.
        if (pending.get(id) === action) pending.delete(id)
        show()
      }
    },
    close: stop,
  }
}

function messageOf(item: CachedItem | undefined): Message[] {
  if (item === undefined) return []
  const payload = MessagePayload.safeParse(item.payload)
  if (payload.success) return [{ ...payload.data, id: item.id, ordinal: item.ordinal }]
  console.warn(`Cannot show mail ${item.id}: it is not of a shape this app knows`, payload.error)
  return []
}
