import { z } from 'zod'
import { Count, EpochMs, Sentence } from '../../quantities.ts'
import { ChainHead } from './audit.ts'

/**
 * Operator to guard: remove the oldest events, those from before `beforeMs` and none of a signal that is still live. One
 * request removes a limited number; ask again until `isDone`.
 */
export const PruneEvents = z.object({ beforeMs: EpochMs, reason: Sentence })
export type PruneEvents = z.infer<typeof PruneEvents>

/** Guard to operator. `through` is the last event that was removed, by this prune or an earlier one; null when none ever was. */
export const PruneAnswer = z.object({ eventCount: Count, through: ChainHead.nullable(), isDone: z.boolean() })
export type PruneAnswer = z.infer<typeof PruneAnswer>
