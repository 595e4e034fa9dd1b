import { useState, useSyncExternalStore } from 'react'
import { type Draft, emptyDraft, isEmptyDraft, keptLine, readAddresses, replyTo } from '../core/draft.ts'
import type { BodyPayload, Message } from '../core/message.ts'
import type { MailSession } from './open-mail-session.ts'
import { randomUuid } from './random-uuid.ts'

/** What is being written, which of it is open, and what a person does with it. */
export interface Drafting {
  readonly drafts: readonly Draft[]
  /** The one that is open. */
  readonly draft: Draft | undefined
  /** Whether its newest words are durable. */
  readonly isSaved: boolean
  /** How far its newest words are kept, in people's words. */
  readonly keptLine: string
  readonly begin: () => void
  readonly reply: (message: Message, body: BodyPayload | null) => void
  readonly open: (writeId: string) => void
  readonly change: (draft: Draft) => void
  /** Throws `MailboxError` when the server did not take it; the draft stays. */
  readonly send: (draft: Draft) => Promise<void>
  readonly discard: () => void
  /** Leaves it for later; an empty one leaves nothing behind. */
  readonly close: () => void
}

export function useDrafting({ drafts: store, api, sync }: MailSession): Drafting {
  const { drafts, unsavedIds, refusedIds, isCacheGone } = useSyncExternalStore(store.subscribe, store.snapshot)
  const [openId, setOpenId] = useState<string | null>(null)
  const draft = drafts.find(({ writeId }) => writeId === openId)

  const edit = (made: Draft) => {
    store.save(made)
    setOpenId(made.writeId)
  }
  const drop = (writeId: string) => {
    setOpenId(null)
    return store.drop(writeId)
  }
  const isSaved = draft === undefined || !unsavedIds.has(draft.writeId)
  const isRefused = draft !== undefined && refusedIds.has(draft.writeId)
  return {
    drafts,
    draft,
    isSaved,
    keptLine: keptLine({ isSaved, isRefused, isCacheGone }),
    begin: () => edit(emptyDraft(randomUuid(), Date.now())),
    reply: (message, body) => edit(replyTo(message, body, randomUuid(), Date.now())),
    open: setOpenId,
    change: (changed) => store.save({ ...changed, savedAtMs: Date.now() }),
    async send({ writeId, to, subject, text }) {
      const read = readAddresses(to)
      if (read.kind === 'problem') throw new Error(`“${read.part}” is not an address`)
      await api.send({ writeId, to: read.addresses, subject, text })
      await drop(writeId)
      await sync.now()
    },
    discard: () => {
      if (draft) void drop(draft.writeId)
    },
    close: () => {
      setOpenId(null)
      if (draft && isEmptyDraft(draft)) void store.drop(draft.writeId)
    },
  }
}
