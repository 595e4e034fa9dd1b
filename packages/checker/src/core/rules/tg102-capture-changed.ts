import { bypassRule } from './bypass-rule.ts'

/** What counts signals was itself changed. */
export const captureChanged = bypassRule({
  ruleId: 'TG102',
  title: 'Outbox or propose changed',
  kind: 'capture',
  doInstead:
    'Leave the schema `tidegate` to the guard: rows of its outbox are only added, through `tidegate.propose(...)`. Change your own functions that propose in a migration of their own.',
})
