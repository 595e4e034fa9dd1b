import { durationText } from '../figures.ts'
import type { Rule } from './rule.ts'

/**
 * A signal must end: a client that was away for long must not act on a reset nobody remembers. One without an end, or
 * with a far one, ends after the longest expiry and is held without canaries; one that is over before it was judged is rejected.
 */
export const expiry: Rule = {
  ruleId: 'TG003',
  title: 'Expired, never expiring, or expiring too late',
  check({ nowMs, settings, signal }) {
    const { causeId, expiresInMs, proposedAtMs } = signal
    const longest = durationText(settings.longestExpiryMs)
    const evidence = { expiresInMs: expiresInMs ?? 'never', longestExpiryMs: settings.longestExpiryMs }
    if (expiresInMs === null || expiresInMs > settings.longestExpiryMs) {
      const asked = expiresInMs === null ? 'names no expiry' : `expires after ${durationText(expiresInMs)}`
      return {
        canaryLimit: 0,
        finding: {
          ruleId: 'TG003',
          severity: 'hold',
          message: `The signal of ${causeId} ${asked}; it is held, and ends after ${longest} whatever is decided.`,
          evidence,
          doInstead: `Say how long ${causeId} needs: as long as its clients may be offline and still have to hear of it, at most ${longest}. \`expires_in => interval '7 days'\` is usual.`,
        },
      }
    }
    if (proposedAtMs + expiresInMs > nowMs) return null
    return {
      canaryLimit: 0,
      finding: {
        ruleId: 'TG003',
        severity: 'reject',
        message: `The signal of ${causeId} was over before it could be judged: it was to live ${durationText(expiresInMs)}.`,
        evidence: { ...evidence, ageMs: nowMs - proposedAtMs },
        doInstead: `Propose it again with a longer expiry if clients still have to hear of ${causeId}.`,
      },
    }
  },
}
