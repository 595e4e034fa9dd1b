import { countOf, durationText } from '../figures.ts'
import type { Rule } from './rule.ts'

/**
 * The same account again, soon: a loop, or two changes that should have been one. Such accounts are no canaries, also
 * because what they report could not be told apart.
 */
export const repeatedReset: Rule = {
  ruleId: 'TG009',
  title: 'Repeated reset of an account',
  severity: 'hold',
  neverBelow: 'hold',
  page: {
    what: 'Accounts of the audience were reset less than 24 hours ago (`resetSpacingMs`), or another unapproved signal is still in force for them.',
    does: 'Held; the other accounts are judged as usual.',
    why: 'The same account again, soon, is a loop, or two changes that should have been one. Reset means: in force by name since then, or in the audience of an approved signal whose newest stage began since then. Such accounts are left out of the canaries, also because what they report could not be told apart.',
    lowerWhen: 'Never: an account in force twice would count once. The spacing is a setting (`resetSpacingMs`).',
  },
  check({ audience, settings, signal }) {
    const restingCount = audience.accountCount - audience.restedAccountCount
    if (restingCount === 0) return null
    const spacing = durationText(settings.resetSpacingMs)
    return {
      message: `${countOf(restingCount, 'account')} of the ${audience.accountCount} that ${signal.causeId} names ${restingCount === 1 ? 'was' : 'were'} reset less than ${spacing} ago, or still ${restingCount === 1 ? 'has' : 'have'} an unapproved signal in force; they wait.`,
      evidence: {
        repeatedAccountCount: restingCount,
        audienceAccountCount: audience.accountCount,
        resetSpacingMs: settings.resetSpacingMs,
      },
      doInstead: `See whether one proposal of ${signal.causeId} after the last change would do. If each is needed, approve them together: clients do what covers the same scope once.`,
    }
  },
}
