import { z } from 'zod'
import { LeaseId } from '../ids.ts'
import { Bytes } from '../quantities.ts'
import { forAccount } from './for-account.ts'

/** Client to guard: done, or stopping; what was not drawn goes back. Ending an unknown or ended lease is not an error. */
export const LeaseEnd = z.object({ ...forAccount, leaseId: LeaseId })
export type LeaseEnd = z.infer<typeof LeaseEnd>

export const LeaseEndAnswer = z.object({ refundedBytes: Bytes })
export type LeaseEndAnswer = z.infer<typeof LeaseEndAnswer>
