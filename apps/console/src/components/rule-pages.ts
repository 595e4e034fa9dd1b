/** The rule pages as they stood when this page was built, by rule id. */
const texts = import.meta.glob<string>('../../../docs/rules/TG*.md', { query: '?raw', import: 'default', eager: true })

const byRuleId = new Map(
  Object.entries(texts).map(([path, text]) => [/(TG\d{3})[^/]*\.md$/.exec(path)?.[1] ?? '', text] as const),
)

/** @returns the page's Markdown, or null for a rule this build does not know: the guard may be newer */
export function rulePage(ruleId: string): string | null {
  return byRuleId.get(ruleId) ?? null
}
