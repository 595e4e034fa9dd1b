import { type OrdinalRange, type Scope, scopedRanges } from '@tidegate/protocol'

/**
 * Whether everything of a cache that `inner` names is named by `outer` too. The whole account is covered by nothing less:
 * nobody here knows which collections a client holds.
 */
export function coversScope(outer: Scope, inner: Scope): boolean {
  if (outer.kind === 'account') return true
  if (inner.kind === 'account') return false
  return inner.collections.every(({ collection }) => {
    const wide = scopedRanges(outer, collection)
    return scopedRanges(inner, collection).every((range) => isWithin(range, wide))
  })
}

/** Whether the ranges, put together, leave no gap in it. */
function isWithin({ fromOrdinal, toOrdinal }: OrdinalRange, ranges: readonly OrdinalRange[]): boolean {
  let coveredTo = fromOrdinal
  for (const range of ranges.toSorted((left, right) => left.fromOrdinal - right.fromOrdinal)) {
    if (range.fromOrdinal <= coveredTo) coveredTo = Math.max(coveredTo, range.toOrdinal)
  }
  return coveredTo >= toOrdinal
}
