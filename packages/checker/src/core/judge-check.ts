import type { CheckFacts } from './check-facts.ts'
import type { CheckResult } from './check-result.ts'
import { manifestOf } from './manifest-of.ts'
import { BYPASS_RULES, SIGNAL_RULES } from './rules/rules.ts'

/** Applies the rules. A bypass outweighs everything: what else was found rests on figures that may be too small. */
export function judgeCheck(facts: CheckFacts, source: { sourceSha256: string; statementCount: number }): CheckResult {
  const bypasses = BYPASS_RULES.flatMap((rule) => rule.check(facts))
  const findings = SIGNAL_RULES.flatMap((rule) => rule.check(facts))
  const run = { ...source, limits: facts.limits, causes: facts.causes, findings: [...bypasses, ...findings] }
  if (bypasses.length > 0) return { kind: 'inconclusive', ...run }
  return {
    kind: findings.length > 0 ? 'block' : 'allow',
    ...run,
    manifests: facts.causes.map((cause) => manifestOf(cause, source.sourceSha256)),
  }
}
