import { dripRule } from './drip-rule.ts'

/** Twenty at a time, each approved or each within the credit, come to thousands. */
export const accountsInADay = dripRule({
  ruleId: 'TG019',
  title: 'Many accounts in a day',
  span: '24 hours',
  limitOf: ({ accountsPerDay }) => accountsPerDay,
  countsOf: ({ earlierInDay, inDay }) => ({ earlier: earlierInDay, all: inDay }),
  page: {
    what: "The cause's signals of the last 24 hours name more than 1,000 distinct accounts (`accountsPerDay`), and this one stays under the credit.",
    does: 'Held; canaries only up to the 1,000.',
    why: 'A burst is caught by its size; a drip is not. In a large fleet the credit alone is thousands of accounts, and every approval gives it back. Accounts count once however often they are named, approved or not; a signal of more than 1,000 accounts counts with all of them.',
    lowerWhen:
      'To `note` for a cause kind that resets single accounts all day by design, such as a support tool; raise `accountsPerDay` instead where the fleet is large.',
  },
})
