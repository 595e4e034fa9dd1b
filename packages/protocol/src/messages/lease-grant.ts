import { z } from 'zod'
import { LeaseId, ResourceId } from '../ids.ts'
import { Bytes, DurationMs } from '../quantities.ts'

/**
 * Guard to client: the right to draw `bytesPerSecond` for `termMs`, up to `budgetBytes`, in pages of at most
 * `pageBytes` and with at most `concurrency` pages in flight. It ends by itself. A page that is a single item larger
 * than `pageBytes` is allowed.
 */
export const LeaseGrant = z.object({
  leaseId: LeaseId,
  resourceId: ResourceId,
  bytesPerSecond: Bytes.min(1),
  termMs: DurationMs.min(1).max(10_000),
  budgetBytes: Bytes,
  pageBytes: Bytes.min(1),
  concurrency: z.int().min(1).max(16),
})
export type LeaseGrant = z.infer<typeof LeaseGrant>
