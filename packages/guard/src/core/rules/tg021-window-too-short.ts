import { bytesText, durationFlag, durationText, roughDurationText } from '../figures.ts'
import { shellWord } from './own-words.ts'
import type { PlanFacts, PlanRule } from './plan-rule.ts'

/** A window is what spreads a crowd; the resource with the most to do says how long it has to be. */
export const windowTooShort: PlanRule = {
  ruleId: 'TG021',
  title: 'Window shorter than the work',
  severity: 'hold',
  page: {
    what: 'Some resource would need longer, at all that resyncs may draw from it, than the window in which the plan lets clients fetch.',
    does: 'Denied when it is approved, with the least window; nothing changes.',
    why: 'Clients of a stage begin at their own places in the window. In one that is too short they stand before the resource all the same, and wait there for leases instead of at home. Stages may overlap, so the window is measured by the whole audience on the resource that has most to do, however little there is on the others. Five minutes of work (`longestUnspreadWorkMs`) may come at once: leases pace them.',
    lowerWhen:
      'To `note` where predictions are known to be far too high, as for clients that mostly find nothing to fetch.',
  },
  check({ causeId, plan, loads, settings }) {
    const worst = worstOf(loads)
    if (worst === null || worst.workMs <= Math.max(plan.windowMs, settings.longestUnspreadWorkMs)) return null
    const { resourceId, predictedBytes, capacityBytesPerSecond, workMs } = worst
    return {
      message: `The window of ${durationText(plan.windowMs)} for ${causeId} is too short: ${resourceId} needs ${roughDurationText(workMs)} for the ${bytesText(predictedBytes)} that clients may fetch there.`,
      evidence: { resourceId, windowMs: plan.windowMs, leastWindowMs: workMs, predictedBytes, capacityBytesPerSecond },
      doInstead: `Give ${resourceId} the time: \`tidegate approve ${shellWord(causeId)} --window ${durationFlag(workMs)} --reason '…'\`.`,
    }
  },
}

function worstOf(loads: PlanFacts['loads']) {
  let worst: (PlanFacts['loads'][number] & { workMs: number }) | null = null
  for (const load of loads) {
    const workMs = Math.ceil((load.predictedBytes / Math.max(1, load.capacityBytesPerSecond)) * 1000)
    if (worst === null || workMs > worst.workMs) worst = { ...load, workMs }
  }
  return worst
}
