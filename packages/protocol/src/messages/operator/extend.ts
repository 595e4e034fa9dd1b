import { z } from 'zod'
import { DurationMs, Sentence } from '../../quantities.ts'
import { Target } from './target.ts'

/**
 * Approver to guard: what is live gets more time, a later expiry or a longer window or both. Each only ever grows: what
 * is not longer than it was is denied, with what it is. Stages that began keep their start, so a longer window stretches:
 * each client's not-before moves later or stays.
 */
export const Extend = z
  .object({
    target: Target,
    /** From now on. */
    expiresInMs: DurationMs.min(1).optional(),
    /** Clients of each stage fetch within it, in place of the plan's. */
    windowMs: DurationMs.min(1).optional(),
    reason: Sentence,
  })
  .refine(
    ({ expiresInMs, windowMs }) => expiresInMs !== undefined || windowMs !== undefined,
    'expiresInMs or windowMs is required',
  )
export type Extend = z.infer<typeof Extend>
