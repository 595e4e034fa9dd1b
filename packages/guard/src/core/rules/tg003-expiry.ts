import { durationText } from '../figures.ts'
import type { Rule } from './rule.ts'

/**
 * A signal must end: a client that was away for long must not act on a reset nobody remembers. One without an end, or
 * with a far one, ends after the longest expiry and is held without canaries; one that is over before it was judged is rejected.
 */
export const expiry: Rule = {
  ruleId: 'TG003',
  title: 'Expired, never expiring, or expiring too late',
  severity: 'hold',
  page: {
    what: 'Every signal ends, so that a client which was away for long does not act on a reset that nobody remembers.',
    does: 'Held without canaries, or rejected when it is already over.',
    why: 'Without an expiry, or with one of more than 30 days (`longestExpiryMs`), a signal ends after 30 days whatever is decided, and nobody meant that. A signal whose time was over before it could be judged is rejected also where the rule is a `note`.',
    lowerWhen:
      'To `note` while older emitters learn to say `expires_in`: their signals still end after `longestExpiryMs`.',
  },
  check({ nowMs, settings, signal }) {
    const { causeId, expiresInMs, proposedAtMs } = signal
    const longest = durationText(settings.longestExpiryMs)
    const evidence = { expiresInMs: expiresInMs ?? 'never', longestExpiryMs: settings.longestExpiryMs }
    if (expiresInMs === null || expiresInMs > settings.longestExpiryMs) {
      const asked = expiresInMs === null ? 'names no expiry' : `expires after ${durationText(expiresInMs)}`
      return {
        canaryLimit: 0,
        message: `The signal of ${causeId} ${asked}; whatever is decided, it ends after ${longest}.`,
        evidence,
        doInstead: `Say how long ${causeId} needs: as long as its clients may be offline and still have to hear of it, at most ${longest}. \`expires_in => interval '7 days'\` is usual.`,
      }
    }
    if (proposedAtMs + expiresInMs > nowMs) return null
    return {
      canaryLimit: 0,
      atLeast: 'reject',
      message: `The signal of ${causeId} was over before it could be judged: it was to live ${durationText(expiresInMs)}.`,
      evidence: { ...evidence, ageMs: nowMs - proposedAtMs },
      doInstead: `Propose it again with a longer expiry if clients still have to hear of ${causeId}.`,
    }
  },
}
