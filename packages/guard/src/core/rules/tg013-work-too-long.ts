import { bytesText, durationFlag, durationText, roughDurationText } from '../figures.ts'
import { shellWord } from './own-words.ts'
import type { Rule } from './rule.ts'
import { worstLoad } from './worst-load.ts'

/** How long a resource would need, at all that resyncs may draw from it, for the signal and for what is on its way already. */
export const workTooLong: Rule = {
  ruleId: 'TG013',
  title: 'More work than a resource has time for',
  severity: 'hold',
  page: {
    what: 'Some resource would need more than half an hour (`longestWorkMs`) of its spare capacity for the signal and for the releases that are under way there.',
    does: 'Held, with canaries as the credits allow.',
    why: 'Spare capacity is what resyncs together may draw from a resource (`capacityBytesPerSecond`); mail delivery and people who read have theirs beside it. Two releases that each fit may not fit together, so what was approved and is not through yet comes first. A release counts with all that it was predicted to draw, because nobody knows what is left of it.',
    lowerWhen:
      'To `note` where releases run over night and their windows are chosen by hand. Raise `longestWorkMs` where hours are usual.',
  },
  check(facts) {
    const { signal, settings } = facts
    const worst = worstLoad(facts, ({ predictedBytes, load }) => {
      const allBytes = predictedBytes + load.releasingBytes
      const servedBytes = (load.capacityBytesPerSecond * settings.longestWorkMs) / 1000
      return { overBytes: allBytes - servedBytes, workMs: (allBytes / Math.max(1, load.capacityBytesPerSecond)) * 1000 }
    })
    if (worst === null) return null
    const { resourceId, predictedBytes, load, workMs, overResourceCount } = worst
    const behind =
      load.releasingBytes > 0 ? ` and for the ${bytesText(load.releasingBytes)} of releases that are under way` : ''
    const wait =
      load.releasingBytes > 0
        ? `Let the releases on ${resourceId} end first (\`tidegate status\`). Then`
        : 'When the clients have reported,'
    return {
      message: `${resourceId} would need ${roughDurationText(workMs)} for the ${bytesText(predictedBytes)} that ${signal.causeId} asks for${behind}; ${durationText(settings.longestWorkMs)} are the most.`,
      evidence: {
        resourceId,
        workMs: Math.ceil(workMs),
        longestWorkMs: settings.longestWorkMs,
        predictedBytes,
        releasingBytes: load.releasingBytes,
        capacityBytesPerSecond: load.capacityBytesPerSecond,
        overResourceCount,
      },
      doInstead: `${wait} let ${signal.causeId} out slowly: \`tidegate approve ${shellWord(signal.causeId)} --window ${durationFlag(workMs)} --reason '…'\`.`,
    }
  },
}
