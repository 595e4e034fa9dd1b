import { type Approve, Denied, type Finding } from '@tidegate/protocol'
import { askRule } from '../core/rules/ask-rule.ts'
import type { PlanLoad } from '../core/rules/plan-rule.ts'
import type { Sql } from '../sql.ts'
import { countAudience } from './audience-counts.ts'
import type { LedgerContext } from './ledger-context.ts'
import type { SignalRow } from './signal-row.ts'

/**
 * Asks the rules about a release plan before any of it is written.
 *
 * @returns what they note
 * @throws Denied `invalid`, with the finding, for what they hold or reject
 */
export async function checkPlan(
  sql: Sql,
  context: LedgerContext,
  { plan, target }: Approve,
  rows: readonly SignalRow[],
  nowMs: number,
): Promise<readonly Finding[]> {
  const { rules, settings } = context
  const causeId = rows[0]?.cause_id ?? ''
  // Accounts that several signals name are counted several times here: enough to know that there are few.
  const upperBound = rows.reduce((sum, row) => sum + row.audience_account_count, 0)
  const isFew = upperBound <= settings.largestUngatedAccountCount
  const audienceAccountCount = isFew ? upperBound : (await countAudience(sql, rows)).accountCount
  const endsInMs = Math.min(...rows.map((row) => row.expires_at_ms)) - nowMs
  const facts = { causeId, plan, audienceAccountCount, settings, loads: loadsOf(context, rows), endsInMs }
  const findings = rules.plan.flatMap((rule) => askRule(rule, facts, causeId)?.finding ?? [])
  const forbidden = findings.find(({ severity }) => severity !== 'note')
  if (forbidden === undefined) return findings
  const what = target.kind === 'cause' ? target.causeId : target.signalId
  throw new Denied({
    kind: 'invalid',
    message: `Cannot approve ${what} (${forbidden.ruleId}): ${forbidden.message} ${forbidden.doInstead}`,
    finding: forbidden,
  })
}

/** What the verdicts predicted for each resource, of all the signals together: they come out by one plan. */
function loadsOf({ resources }: LedgerContext, rows: readonly SignalRow[]): PlanLoad[] {
  const bytes = new Map<string, number>()
  for (const { predicted } of rows) {
    for (const { resourceId, payloadBytes } of predicted) {
      bytes.set(resourceId, (bytes.get(resourceId) ?? 0) + payloadBytes)
    }
  }
  return resources.resources.map(({ resourceId, capacityBytesPerSecond }) => ({
    resourceId,
    predictedBytes: bytes.get(resourceId) ?? 0,
    capacityBytesPerSecond,
  }))
}
