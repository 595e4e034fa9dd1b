import { useMemo } from 'react'
import type { Message } from '../core/message.ts'
import type { MailboxApi } from './mailbox-api.ts'
import type { MailboxStore } from './mailbox-store.ts'

/** What a person does with a mail. Each shows at once, asks the server, then syncs; a failure is told and undone. */
export interface MailActions {
  readonly setFlag: (message: Message, flagged: boolean) => void
  readonly setSeen: (message: Message, seen: boolean) => void
  readonly move: (message: Message, folder: string) => void
  /** To Trash; from there, for good. */
  readonly remove: (message: Message) => void
}

interface MailActionOptions {
  readonly store: MailboxStore
  readonly api: MailboxApi
  /** Brings the server's change into the cache. */
  readonly sync: () => Promise<void>
  /** Called before a mail leaves the folder it is in. */
  readonly onLeaving: (message: Message) => void
  readonly onProblem: (sentence: string) => void
}

export function useMailActions({ store, api, sync, onLeaving, onProblem }: MailActionOptions): MailActions {
  return useMemo(() => {
    const act = (message: Message, action: Parameters<MailboxStore['act']>[1], ask: () => Promise<void>) => {
      const work = async () => {
        await ask()
        await sync()
      }
      store.act(message.id, action, work).catch((thrown: unknown) => {
        onProblem(`Not done. ${thrown instanceof Error ? thrown.message : 'The server does not answer'}.`)
      })
    }
    const move = (message: Message, folder: string) => {
      onLeaving(message)
      act(message, { kind: 'change', change: { folder } }, () => api.move(message.id, folder))
    }
    return {
      setFlag: (message, flagged) =>
        act(message, { kind: 'change', change: { flagged } }, () => api.setFlags(message.id, { flagged })),
      setSeen: (message, seen) =>
        act(message, { kind: 'change', change: { seen } }, () => api.setFlags(message.id, { seen })),
      move,
      remove: (message) => {
        if (message.folder !== 'Trash') return move(message, 'Trash')
        onLeaving(message)
        act(message, { kind: 'delete' }, () => api.delete(message.id))
      },
    }
  }, [store, api, sync, onLeaving, onProblem])
}
