import type { CheckRule } from '../check-facts.ts'
import { linesOfSignals } from '../check-facts.ts'
import { countOf, linesText } from '../figures.ts'

/** The guard holds a signal that names no end, or a far one; its author hears it before. */
export const expiry: CheckRule = {
  ruleId: 'TG003',
  title: 'Never expiring, or expiring too late',
  check({ causes, limits }) {
    const longestDays = limits.longestExpiryMs / 86_400_000
    return causes.flatMap(({ causeId, signals }) => {
      const endless = signals.filter(
        ({ expiresInMs }) => (expiresInMs ?? Number.POSITIVE_INFINITY) > limits.longestExpiryMs,
      )
      if (endless.length === 0) return []
      const lines = linesOfSignals(endless)
      const isUnnamed = endless.every(({ expiresInMs }) => expiresInMs === null)
      return {
        ruleId: 'TG003',
        severity: 'hold',
        message: `${countOf(endless.length, 'signal')} of ${causeId} (${linesText(lines)}) ${isUnnamed ? 'would never expire' : `would live longer than ${longestDays} days`}: the guard holds such a signal without canaries.`,
        evidence: {
          causeId,
          signalCount: endless.length,
          lines: lines.join(', ').slice(0, 500),
          longestExpiryMs: limits.longestExpiryMs,
        },
        doInstead: `Add \`expires_in => interval '7 days'\` to the propose call: as long as clients of ${causeId} may be offline and still have to hear of it, at most ${longestDays} days.`,
      }
    })
  },
}
