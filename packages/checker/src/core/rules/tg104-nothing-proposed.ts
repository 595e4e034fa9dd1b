import { bypassRule } from './bypass-rule.ts'

/** The migration would propose; the dry run's rows gave it no occasion. */
export const nothingProposed = bypassRule({
  ruleId: 'TG104',
  title: 'Nothing proposed in the dry run',
  kind: 'nothing-proposed',
  doInstead:
    'Give the schema file rows like the real ones (a sample of accounts that the migration touches), so that the call has something to propose for.',
})
