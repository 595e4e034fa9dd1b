import { roughDurationText } from '../figures.ts'
import { shellWord } from './own-words.ts'
import type { Rule } from './rule.ts'

/** What comes when nobody is watching for it: a job that ran again, a script that somebody forgot to end. */
export const outsideWindow: Rule = {
  ruleId: 'TG016',
  title: 'Emitted outside its window',
  severity: 'hold',
  page: {
    what: 'The cause was registered with a window, and the signal was proposed before it began or after it was over.',
    does: 'Held, without canaries.',
    why: 'Whoever runs a migration at a chosen hour watches it then. The same migration at another hour is a retry, a clock that is wrong, or somebody else.',
    lowerWhen: 'To `note` where windows are plans rather than promises. A cause without a window may emit at any time.',
  },
  check({ signal, cause }) {
    const { window } = cause
    const { causeId, proposedAtMs } = signal
    if (window === null || (proposedAtMs >= window.fromMs && proposedAtMs < window.untilMs)) return null
    const isEarly = proposedAtMs < window.fromMs
    const awayMs = isEarly ? window.fromMs - proposedAtMs : proposedAtMs - window.untilMs
    return {
      canaryLimit: 0,
      message: `${causeId} emitted at ${momentText(proposedAtMs)}, ${isEarly ? `${roughDurationText(awayMs)} before its window begins` : `${roughDurationText(awayMs)} after its window was over`} (from ${momentText(window.fromMs)} until ${momentText(window.untilMs)}).`,
      evidence: {
        proposedAt: momentText(proposedAtMs),
        from: momentText(window.fromMs),
        until: momentText(window.untilMs),
        awayMs,
      },
      doInstead: `Find out what runs ${causeId} now. If it is meant, revoke this one, register the run as a cause of its own (\`tidegate register ${shellWord(`${causeId}-2`)} --title '…' --from ${momentText(proposedAtMs)} --until …\`) and propose under that.`,
    }
  },
}

/** `2023-07-25T11:40:00Z`, as the command line reads it. */
function momentText(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')
}
