import { z } from 'zod'
import { CollectionName } from '../ids.ts'
import { ChangeSeq } from '../quantities.ts'
import { DigestScheme, RangeDigest } from './digest.ts'
import { forAccount } from './for-account.ts'
import { OrdinalRange } from './scope.ts'

/** Client to guard: digests of some ranges, to find where the difference lies. A `CollectionSource` call. */
export const DigestsRequest = z.object({
  ...forAccount,
  collection: CollectionName,
  ranges: z.array(OrdinalRange).min(1).max(256),
})
export type DigestsRequest = z.infer<typeof DigestsRequest>

/** One digest per range asked, in the order asked. */
export const DigestsAnswer = z.object({
  collection: CollectionName,
  asOf: ChangeSeq,
  scheme: DigestScheme,
  digests: z.array(RangeDigest).max(256),
})
export type DigestsAnswer = z.infer<typeof DigestsAnswer>
