import { Denial, type DenialKind } from '@tidegate/protocol'
import { z } from 'zod'
import type { Call } from './calls.ts'

/** One answer of a batch, as tRPC writes it: a result, or an error that names its denial. */
const Answer = z.union([
  z.object({ result: z.object({ data: z.unknown() }) }),
  z.object({ error: z.object({ data: z.object({ httpStatus: z.int(), tidegate: Denial }) }) }),
])

/** What is out of reach, or what operators switched off meanwhile. */
const REFUSED_FOR_NOW: readonly DenialKind[] = ['unavailable', 'switched-off', 'shed']

export interface Counts {
  accepted: number
  /** Denied for what it says, not for its form. */
  refused: number
  unreadable: number
}

/** What was answered to each call, read from the answers alone. */
export class Tally {
  readonly counts = new Map<Call, Counts>()
  /** Answers that no caller should ever get, each with what was asked; the first few. */
  readonly faults: string[] = []

  /** @returns what an accepted call was answered, or null */
  note(call: Call, answer: unknown, asked: string): { readonly data: unknown } | null {
    const counts = this.counts.get(call) ?? { accepted: 0, refused: 0, unreadable: 0 }
    this.counts.set(call, counts)
    const read = Answer.safeParse(answer)
    if (!read.success) {
      this.fault(`${call} answered ${JSON.stringify(answer)?.slice(0, 400)} to ${asked.slice(0, 600)}`)
      return null
    }
    if ('result' in read.data) {
      counts.accepted += 1
      return read.data.result
    }
    const { httpStatus, tidegate } = read.data.error.data
    if (httpStatus >= 500 && !REFUSED_FOR_NOW.includes(tidegate.kind)) {
      this.fault(`${call} answered ${httpStatus} ${tidegate.kind} to ${asked.slice(0, 600)}`)
    }
    const isUnreadable = tidegate.kind === 'invalid' && tidegate.message.startsWith('Cannot read the request')
    counts[isUnreadable ? 'unreadable' : 'refused'] += 1
    return null
  }

  fault(text: string): void {
    if (this.faults.length < 20) this.faults.push(text)
  }

  get totalCount(): number {
    return [...this.counts.values()].reduce(
      (sum, { accepted, refused, unreadable }) => sum + accepted + refused + unreadable,
      0,
    )
  }
}
