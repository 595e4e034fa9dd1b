import { durationFlag, durationText, roughDurationText } from '../figures.ts'
import { shellWord } from './own-words.ts'
import type { PlanRule } from './plan-rule.ts'

/** Whoever's turn comes after the signal has ended never gets it. */
export const planBeyondEnd: PlanRule = {
  ruleId: 'TG022',
  title: 'Plan that outlasts its signal',
  severity: 'hold',
  page: {
    what: 'The bake times of the plan and its window take longer, even when every gate says go, than the signal has left before it expires.',
    does: 'Denied when it is approved; nothing changes.',
    why: 'An expired signal is in force for nobody. The clients whose place in the window lies behind its end would never compare, and nobody would be told.',
    lowerWhen: 'To `note` where it does not matter that some clients never get their turn.',
  },
  check({ causeId, plan, endsInMs }) {
    const bakesMs = plan.stages.slice(0, -1).reduce((sum, { bakeMs }) => sum + bakeMs, 0)
    const lengthMs = bakesMs + plan.windowMs
    if (lengthMs <= endsInMs) return null
    const shares = plan.stages.map(({ share }) => `${Number((share * 100).toFixed(2))}%`).join(',')
    const partMs = Math.max(1000, Math.floor(endsInMs / plan.stages.length / 1000) * 1000)
    return {
      message: `The plan for ${causeId} needs ${durationText(lengthMs)} to let everybody out, and the signal ends in ${roughDurationText(endsInMs)}.`,
      evidence: { lengthMs, bakesMs, windowMs: plan.windowMs, endsInMs },
      doInstead: `Make it shorter: \`tidegate approve ${shellWord(causeId)} --plan ${shares} --window ${durationFlag(partMs)} --reason '…'\`. Where that is less than the resources need, let it live longer first: \`tidegate extend ${shellWord(causeId)} --expires ${durationFlag(lengthMs * 1.25)} --reason '…'\`.`,
    }
  },
}
