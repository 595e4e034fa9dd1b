import type { Audit, ChainHead } from '@tidegate/protocol'
import { columns, hanging } from './columns.ts'
import { countOf } from './figures.ts'

const WIDTH = 96

/** `17:3f0c…`: what `audit verify` prints and `--expect-head` takes. */
export function headText({ eventNo, sha256 }: ChainHead): string {
  return `${eventNo}:${sha256}`
}

/** How many events there are, where they end, and where they are not what was written. */
export function auditText(audit: Audit): string[] {
  const { eventCount, prunedEventCount, head, expectedHead, breakCount, breaks } = audit
  const pruned = prunedEventCount === 0 ? '' : `, ${prunedEventCount.toLocaleString('en')} more were pruned`
  const facts = columns([
    ['events', `${eventCount.toLocaleString('en')}${pruned}`],
    ['head', headText(head)],
    ...(expectedHead === null ? [] : [['expected', EXPECTED[expectedHead]]]),
  ])
  const told = breaks.flatMap(({ eventNo, message, accepted }) => [
    ...hanging(`  ${eventNo}  `, message, WIDTH),
    ...(accepted
      ? hanging(`${' '.repeat(String(eventNo).length + 4)}accepted by ${accepted.by}: `, accepted.because, WIDTH)
      : []),
  ])
  const more = breakCount > breaks.length ? [`  … and ${countOf(breakCount - breaks.length, 'more break')}`] : []
  return [...facts, ...(breakCount === 0 ? [] : ['', 'breaks', ...told, ...more]), '', conclusion(audit)]
}

const EXPECTED = {
  same: 'is part of the chain',
  different: 'is not part of the chain',
  pruned: 'was pruned: nobody can say any more whether it was part of the chain',
} as const

function conclusion({ isIntact, breakCount, breaks, expectedHead }: Audit): string {
  if (!isIntact) {
    const first = breaks.find(({ accepted }) => accepted === null)
    return `broken: ${countOf(breakCount, 'break')}, the first at event ${first?.eventNo ?? breaks[0]?.eventNo}`
  }
  if (breakCount > 0) return `intact but for ${countOf(breakCount, 'break')} that somebody accepted`
  return expectedHead === 'pruned' ? 'intact as far as it is kept' : 'intact: every event is what was written'
}
