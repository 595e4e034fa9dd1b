import { z } from 'zod'
import { LeaseId } from '../ids.ts'
import { Bytes } from '../quantities.ts'
import { forAccount } from './for-account.ts'

/** Client to guard, well before the term ends: go on with the same lease. Answered by a grant or a denial. */
export const LeaseRenewal = z.object({ ...forAccount, leaseId: LeaseId, wantBytes: Bytes })
export type LeaseRenewal = z.infer<typeof LeaseRenewal>
