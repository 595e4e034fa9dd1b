import { countOf, durationText } from '../figures.ts'
import type { Rule } from './rule.ts'

/** A predicate means accounts that nobody has counted too, so no credit can cover it: the known ones may be canaries, a person decides. */
export const openAudience: Rule = {
  ruleId: 'TG011',
  title: 'Audience that cannot be counted',
  severity: 'hold',
  neverBelow: 'hold',
  page: {
    what: 'The audience is everyone, so it holds accounts that the registry has not seen for 30 days, or never.',
    does: 'Held, with canaries as the credits allow.',
    why: 'A credit can only cover what can be counted. Known accounts that the filters let in may be canaries; the signal as a whole waits for a person, however small the registry is.',
    lowerWhen: 'Never: a predicate would slip past every credit.',
  },
  check({ audience, settings, signal }) {
    if (!signal.isEveryone) return null
    return {
      message: `${signal.causeId} is for everyone: ${countOf(audience.accountCount, 'account')} with a client seen in the last ${durationText(settings.activeForMs)}, and others that no one has counted.`,
      evidence: { activeAccountCount: audience.accountCount, activeForMs: settings.activeForMs },
      doInstead: `If ${signal.causeId} touched certain accounts only, name them (\`accounts => ARRAY(SELECT …)\`); otherwise look at its canaries and approve it with a release plan.`,
    }
  },
}
