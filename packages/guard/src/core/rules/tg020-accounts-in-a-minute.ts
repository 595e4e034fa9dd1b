import { dripRule } from './drip-rule.ts'

/** A loop over accounts is a bulk that nobody sees as one. */
export const accountsInAMinute = dripRule({
  ruleId: 'TG020',
  title: 'Many accounts in a minute',
  span: 'a minute',
  limitOf: ({ accountsPerMinute }) => accountsPerMinute,
  countsOf: ({ earlierInMinute, inMinute }) => ({ earlier: earlierInMinute, all: inMinute }),
  page: {
    what: "The cause's signals of the last minute name more than 100 distinct accounts (`accountsPerMinute`), and this one stays under the credit.",
    does: 'Held; canaries only up to the 100.',
    why: 'A loop that proposes account by account reaches thousands before anybody looks, each signal small enough to go out by itself. In a small fleet the credit ends it first; in a large one this does.',
    lowerWhen: 'To `note` where emitters queue up and let go at once, after an outage for instance.',
  },
})
