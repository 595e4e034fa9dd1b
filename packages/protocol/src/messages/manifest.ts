import { z } from 'zod'
import { CauseId, CollectionName } from '../ids.ts'
import { Count } from '../quantities.ts'
import { Action } from './action.ts'
import { ClientClass } from './client-identity.ts'

/**
 * What a dry run measured that a migration would emit: written by `tidegate check`, declared when the cause is
 * registered. The guard holds whatever exceeds it. It holds no time and no machine, so that the same migration
 * always gives the same bytes (K3).
 */
export const Manifest = z.object({
  manifestVersion: z.literal(1),
  causeId: CauseId,
  actions: z.array(Action).min(1).max(2),
  /** Whether a signal covers the whole account; otherwise only `collections`. */
  wholeAccount: z.boolean(),
  collections: z.array(CollectionName).max(256),
  /** Classes that its audiences are limited to. Absent: some audience is limited to none, so clients of every class are declared. */
  clientClasses: z.array(ClientClass).min(1).max(256).optional(),
  /** Rows that `propose` wrote. */
  proposalCount: Count,
  /** Distinct accounts over all of them. Null: the audience is a predicate, whose size only the guard's registry knows. */
  accountCount: Count.nullable(),
  /** SHA-256 of the migration file, lower-case hex. */
  sourceSha256: z.string().regex(/^[0-9a-f]{64}$/),
})
export type Manifest = z.infer<typeof Manifest>
