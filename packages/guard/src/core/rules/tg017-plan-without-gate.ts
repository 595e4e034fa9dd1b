import { countOf, percentText } from '../figures.ts'
import { shellWord } from './own-words.ts'
import type { PlanFacts, PlanRule } from './plan-rule.ts'

/** A plan is stages with gates between; one that nothing can stop lets everybody out, whatever the first ones report. */
export const planWithoutGate: PlanRule = {
  ruleId: 'TG017',
  title: 'Release plan without a gate',
  severity: 'hold',
  page: {
    what: 'The plan lets many accounts out before anything could stop it: in a single stage, or through a gate that lets everything pass.',
    does: 'Denied when it is approved; nothing changes.',
    why: 'What the first accounts report is worth something only when the others have not begun. A gate that allows every resync to fail, and bounds nothing else, stops nothing, and a plan of one stage has no gate at all; up to 10,000 accounts (`largestUngatedAccountCount`) may do without.',
    lowerWhen:
      'To `note` in a test system. Where a single stage is often right, raise `largestUngatedAccountCount` instead.',
  },
  check({ causeId, plan, audienceAccountCount, settings }) {
    if (audienceAccountCount <= settings.largestUngatedAccountCount) return null
    const openAt = plan.stages.slice(0, -1).findIndex(({ gate }) => !canStop(gate))
    if (plan.stages.length > 1 && openAt < 0) return null
    const open = plan.stages[openAt]
    const why = open
      ? `the gate after its stage of ${percentText(open.share)} lets everything pass`
      : 'it has one stage, and no gate before anybody'
    return {
      message: `The plan for ${causeId} lets ${countOf(audienceAccountCount, 'account')} out and nothing could stop it: ${why}.`,
      evidence: {
        audienceAccountCount,
        stageCount: plan.stages.length,
        largestUngatedAccountCount: settings.largestUngatedAccountCount,
      },
      doInstead: `Begin with few, and let their reports decide: \`tidegate approve ${shellWord(causeId)} --plan 1%,10%,50%,100% --max-failures 2% --reason '…'\`.`,
    }
  },
}

/** Whether any of its bounds can be passed: a ratio below 1, or a bound of another kind. */
function canStop(gate: PlanFacts['plan']['stages'][number]['gate']): boolean {
  return Object.entries(gate).some(
    ([name, bound]) => name.startsWith('max') && bound !== undefined && (!name.endsWith('Ratio') || bound < 1),
  )
}
