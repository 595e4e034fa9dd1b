import type { Finding } from '@tidegate/protocol'
import type { CheckRule } from '../check-facts.ts'
import { grouped } from '../figures.ts'
import type { Suspicion } from '../suspicion.ts'

/** How many suspicions of one kind are told one by one. */
const SHOWN_COUNT = 5

/** A rule that makes a check inconclusive: it reports suspicions of one kind (K2). */
export function bypassRule(rule: {
  readonly ruleId: string
  readonly title: string
  readonly kind: Suspicion['kind']
  readonly doInstead: string
}): CheckRule {
  const { ruleId, title, kind, doInstead } = rule
  return {
    ruleId,
    title,
    check({ suspicions }) {
      const found = suspicions.filter((suspicion) => suspicion.kind === kind)
      const placed = new Set(found.filter(({ place }) => place !== null).map(({ what }) => what))
      // Seen in the text and noticed at the end is one thing, told once, with its line.
      const told = found.filter(({ place, what }) => place !== null || !placed.has(what))
      const moreCount = told.length - SHOWN_COUNT
      return told.slice(0, SHOWN_COUNT).map(({ what, place }, at): Finding => {
        const more = at === SHOWN_COUNT - 1 && moreCount > 0 ? ` (and ${grouped(moreCount)} more of this kind)` : ''
        return {
          ruleId,
          severity: 'hold',
          message:
            `${place ? `Line ${place.line}: ` : 'At its end: '}${what}, so signals may have gone uncounted${more}.`.slice(
              0,
              1000,
            ),
          evidence: place ? { line: place.line } : {},
          doInstead,
        }
      })
    },
  }
}
