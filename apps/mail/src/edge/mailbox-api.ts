import { Denial, describeDenial } from '@tidegate/protocol'
import type { Address } from '../core/message.ts'

/** The server said no, or nothing; the message is a sentence for people. */
export class MailboxError extends Error {
  override readonly name = 'MailboxError'
}

export interface Outgoing {
  readonly writeId: string
  readonly to: readonly Address[]
  readonly subject: string
  readonly text: string
}

/** What the page does to the mailbox on the server. Reading is not here: the page reads its cache. Every call throws `MailboxError`. */
export interface MailboxApi {
  setFlags(id: string, flags: { readonly seen?: boolean; readonly flagged?: boolean }): Promise<void>
  move(id: string, folder: string): Promise<void>
  /** For good, body included. */
  delete(id: string): Promise<void>
  /** Files the mail under Sent. The same `writeId` twice is one mail. */
  send(outgoing: Outgoing): Promise<void>
}

/** @param fetch says who is asking and notices the state tag of each answer */
export function createMailboxApi(fetch: typeof globalThis.fetch): MailboxApi {
  const post = async (path: string, body: object) => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
    const response = await fetch(`/api/${path}`, init).catch((cause: unknown) => {
      throw new MailboxError('The server does not answer', { cause })
    })
    if (response.ok) return
    const denial = Denial.safeParse(await response.json().catch(() => null))
    throw new MailboxError(denial.success ? describeDenial(denial.data) : `The server answered ${response.status}`)
  }
  return {
    setFlags: (id, flags) => post('flags', { ids: [id], ...flags }),
    move: (id, folder) => post('move', { ids: [id], folder }),
    delete: (id) => post('delete', { ids: [id] }),
    send: (outgoing) => post('send', outgoing),
  }
}
