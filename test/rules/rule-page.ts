import { PLAN_RULES, RULES } from '@tidegate/guard'
import type { Example, Step } from './example.ts'
import { EXAMPLES } from './examples.ts'
import { runExample } from './run-example.ts'

/** Ids of the rules whose pages are made here; those of the checker's own are written by hand. */
export const PAGE_IDS: readonly string[] = [...RULES, ...PLAN_RULES].map(({ ruleId }) => ruleId).toSorted()

/** The whole text of a rule's page: what the rule says of itself, and what a real run says. */
export async function rulePage(ruleId: string): Promise<string> {
  const rule = [...RULES, ...PLAN_RULES].find((each) => each.ruleId === ruleId)
  const example = EXAMPLES[ruleId]
  if (!rule || !example) throw new RangeError(`Cannot write the page of ${ruleId}: a rule and an example are required`)
  const { what, does, why, lowerWhen } = rule.page
  const least = rule.neverBelow ? `, and never below \`${rule.neverBelow}\`` : ''
  const shown = shownStep(example)
  return [
    `# ${ruleId}: ${rule.title}`,
    what,
    `**What the guard does:** ${does}`,
    why,
    `**Severity:** \`${rule.severity}\` unless a team sets another${least}. ${lowerWhen}`,
    '## An example',
    `${example.given}${shown.kind === 'migrate' ? ' Then this migration commits:' : ''}`,
    fenced(shown.kind === 'migrate' ? 'sql' : 'console', shownText(shown)),
    '## What it says',
    shown.kind === 'migrate' && rule.severity !== 'reject' ? '`tidegate holds`:' : '',
    fenced('text', (await runExample(example)).join('\n')),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n')
}

function shownStep({ steps }: Example): Extract<Step, { kind: 'migrate' | 'approve' }> {
  const shown = steps.findLast((step) => step.kind === 'migrate' || step.kind === 'approve')
  if (!shown) throw new RangeError('an example needs a migration')
  return shown
}

function shownText(step: Extract<Step, { kind: 'migrate' | 'approve' }>): string {
  if (step.kind === 'migrate') return step.sql
  const shares = step.plan.stages.map(({ share }) => `${share * 100}%`).join(',')
  return `$ tidegate approve ${step.causeId} --plan ${shares} --reason 'canaries were consistent'`
}

function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``
}
