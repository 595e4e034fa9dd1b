import { setTimeout } from 'node:timers/promises'
import { pretendRandom } from '@tidegate/protocol/testing'
import { z } from 'zod'

/** A change of the mailbox that the server confirmed. */
export interface MailboxWrite {
  readonly kind: 'flags' | 'move' | 'delete' | 'deliver'
  readonly id: string
  /** Milliseconds since 1970 when it was sent. */
  readonly sentAtMs: number
}

const FOLDERS = ['Inbox', 'Archive', 'Trash', 'Projects'] as const

/** The mailbox's door for the account whose session it is: what a mail client does, each call one transaction. */
export function mailboxOf(url: string, session: string) {
  const post = async (path: string, body: object): Promise<unknown> => {
    const headers = { authorization: `Bearer ${session}`, 'content-type': 'application/json' }
    const response = await fetch(`${url}/api/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    if (!response.ok) throw new Error(`Cannot write to the mailbox: ${path} answered ${response.status}`)
    return response.json()
  }
  return {
    setFlags: (ids: readonly string[], flags: { seen?: boolean; flagged?: boolean; answered?: boolean }) =>
      post('flags', { ids, ...flags }),
    move: (ids: readonly string[], folder: string) => post('move', { ids, folder }),
    delete: (ids: readonly string[]) => post('delete', { ids }),
    /** @returns the new mail's id */
    async deliver(mail: { readonly subject: string; readonly text: string }): Promise<string> {
      const from = { name: 'Ferry office', address: 'ferry@harbor.example' }
      return z.object({ id: z.string() }).parse(await post('deliver', { from, ...mail })).id
    },
  }
}

export interface MailboxWriter {
  readonly writes: readonly MailboxWrite[]
  /** Lets what was begun come to its end. @returns writes per second over its life */
  stop(): Promise<number>
}

/** Writes to the mailbox at random, each of `ids` and each new mail a possible target, until it is stopped. */
export function startMailboxWriter(options: {
  readonly mailbox: ReturnType<typeof mailboxOf>
  readonly ids: readonly string[]
  readonly writesPerSecond: number
  readonly seed: number
}): MailboxWriter {
  const { mailbox, writesPerSecond } = options
  const random = pretendRandom(options.seed)
  const ids = [...options.ids]
  const writes: MailboxWrite[] = []
  const underWay = new Set<Promise<void>>()
  const startedAtMs = performance.now()
  let isStopped = false

  const write = async (): Promise<void> => {
    const chance = random()
    const at = Math.floor(random() * ids.length)
    const id = ids[at] ?? ''
    const sentAtMs = Date.now()
    if (chance < 0.06) {
      const text = `${'The tide is in at noon. '.repeat(40)}${random()}`
      const delivered = await mailbox.deliver({ subject: `Written meanwhile ${random()}`, text })
      ids.push(delivered)
      writes.push({ kind: 'deliver', id: delivered, sentAtMs })
    } else if (chance < 0.12) {
      ids.splice(at, 1)
      writes.push({ kind: 'delete', id, sentAtMs })
      await mailbox.delete([id])
    } else if (chance < 0.3) {
      await mailbox.move([id], FOLDERS[Math.floor(random() * FOLDERS.length)] ?? 'Inbox')
      writes.push({ kind: 'move', id, sentAtMs })
    } else {
      await mailbox.setFlags([id], { flagged: random() < 0.5, answered: random() < 0.5 })
      writes.push({ kind: 'flags', id, sentAtMs })
    }
  }
  const run = async () => {
    for (let count = 0; !isStopped; count++) {
      const dueAtMs = startedAtMs + (count * 1000) / writesPerSecond
      await setTimeout(Math.max(0, dueAtMs - performance.now()))
      const done: Promise<void> = write().finally(() => underWay.delete(done))
      underWay.add(done)
    }
  }
  const running = run()

  return {
    writes,
    async stop() {
      isStopped = true
      await running
      await Promise.all(underWay)
      return writes.length / ((performance.now() - startedAtMs) / 1000)
    },
  }
}
