import { bypassRule } from './bypass-rule.ts'

/** Triggers that would have proposed did not fire, or might not have. */
export const triggersOff = bypassRule({
  ruleId: 'TG101',
  title: 'Triggers switched off, changed or dropped',
  kind: 'triggers',
  doInstead:
    'Leave triggers on while rows change; they are what tells clients. If they are too slow, make them cheaper (statement-level), or change them in a migration of their own, before or after.',
})
