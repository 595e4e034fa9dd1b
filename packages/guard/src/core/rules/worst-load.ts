import type { ResourceFigures } from '../audience-figures.ts'
import type { ResourceLoad, VerdictFacts } from './rule.ts'

/** The resource on which a limit is exceeded by most, and on how many it is exceeded at all. */
export type WorstLoad<Measured> = ResourceFigures &
  Measured & { readonly load: ResourceLoad; readonly overResourceCount: number }

/**
 * @param measure how far beyond its limit a resource is (`overBytes` > 0), and what is to be told of it
 * @returns null when none is
 */
export function worstLoad<Measured extends { readonly overBytes: number }>(
  { audience, loads }: Pick<VerdictFacts, 'audience' | 'loads'>,
  measure: (resource: ResourceFigures & { readonly load: ResourceLoad }) => Measured,
): WorstLoad<Measured> | null {
  const over = audience.byResource.flatMap((figures, at) => {
    const load = loads[at]
    // Both are read for the same resources, in the same order; without its load nobody could say whether it is over.
    if (load?.resourceId !== figures.resourceId) throw new Error(`the load of ${figures.resourceId} is missing`)
    if (figures.predictedBytes === 0) return []
    const measured = { ...figures, load, ...measure({ ...figures, load }) }
    return measured.overBytes > 0 ? [measured] : []
  })
  const worst = over.reduce<(typeof over)[number] | null>(
    (most, each) => (most === null || each.overBytes > most.overBytes ? each : most),
    null,
  )
  return worst && { ...worst, overResourceCount: over.length }
}
