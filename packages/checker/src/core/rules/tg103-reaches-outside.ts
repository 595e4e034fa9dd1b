import { bypassRule } from './bypass-rule.ts'

/** What happens in another database, a dry run neither sees nor may cause. */
export const reachesOutside = bypassRule({
  ruleId: 'TG103',
  title: 'Reaches outside its database',
  kind: 'outside',
  doInstead: 'Do what concerns another database or file in a step of its own, with a check of its own.',
})
