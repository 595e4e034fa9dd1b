import { z } from 'zod'
import { CollectionName } from '../ids.ts'
import { ChangeSeq, Ordinal } from '../quantities.ts'
import { forAccount } from './for-account.ts'
import { ItemHead } from './item.ts'
import { OrdinalRange } from './scope.ts'

/** Client to guard: the heads of a range, where digests differed. A `CollectionSource` call. */
export const ListRequest = z.object({
  ...forAccount,
  collection: CollectionName,
  range: OrdinalRange,
  limit: z.int().min(1).max(5000).default(1000),
})
export type ListRequest = z.infer<typeof ListRequest>

/** Heads by rising ordinal. `nextOrdinal` is null when the range is told whole, else where to go on. */
export const ListAnswer = z.object({
  collection: CollectionName,
  asOf: ChangeSeq,
  heads: z.array(ItemHead).max(5000),
  nextOrdinal: Ordinal.nullable(),
})
export type ListAnswer = z.infer<typeof ListAnswer>
