import type { Page } from './pages.ts'

/** What a rule's page says of its rule, for indexes. */
export interface RuleFacts {
  readonly ruleId: string
  readonly title: string
  /** `hold`, `reject`, `note`; `inconclusive` for rules of the checker alone. */
  readonly severity: string
}

/**
 * Reads them out of the page's own text.
 *
 * @returns null for a page that is no rule's
 * @throws Error when a rule's page does not say how much the rule weighs
 */
export function ruleFacts({ file, title, text }: Page): RuleFacts | null {
  const [, ruleId, rest] = /^(TG\d{3}): (.+)$/.exec(title) ?? []
  if (ruleId === undefined || rest === undefined) return null
  const said = /^\*\*Severity:\*\* `(\w+)`|^\*\*What the checker says:\*\* (\w+)/m.exec(text)
  const severity = said?.[1] ?? said?.[2]?.toLowerCase()
  if (severity === undefined)
    throw new Error(`Cannot list ${file}: it must say **Severity:** or **What the checker says:**`)
  return { ruleId, title: rest, severity }
}
