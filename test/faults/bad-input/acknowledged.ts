import { ProposeAnswer } from '@tidegate/protocol'
import { z } from 'zod'

const Sent = z.object({ idempotencyKey: z.string() })

/** What a guard said of proposals, by their idempotency keys. */
export class Acknowledged {
  readonly proposals = new Map<string, { readonly signalIds: Set<string>; newCount: number }>()

  note(sent: unknown, answered: unknown): void {
    const { idempotencyKey } = Sent.parse(sent)
    const { signalId, isNew } = ProposeAnswer.parse(answered)
    const told = this.proposals.get(idempotencyKey) ?? { signalIds: new Set(), newCount: 0 }
    this.proposals.set(idempotencyKey, told)
    told.signalIds.add(signalId)
    if (isNew) told.newCount += 1
  }
}
