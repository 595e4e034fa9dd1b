import { Cause, RuleId } from '@tidegate/protocol'
import { nearestId } from './nearest-id.ts'
import type { PlanRule } from './plan-rule.ts'
import type { OwnRule, Rule, RuleHead, Severity } from './rule.ts'
import { PLAN_RULES, RULES } from './rules.ts'

export type RuleSetting = Severity | 'off'

/** What a team says about rules; checked once, when the ledger opens. */
export interface RuleOptions {
  /** By rule id; a rule that is not named weighs what its page says. */
  readonly severities?: Readonly<Record<string, RuleSetting>>
  /** Rules of the team's own, at most 32. */
  readonly own?: readonly OwnRule[]
}

/** A rule that is on, and what its findings weigh here. */
export interface ActiveRule<Checks> {
  readonly rule: Pick<RuleHead, 'ruleId' | 'title'> & Checks
  readonly severity: Severity
  /** Not ours: it is handed a copy of the facts. */
  readonly isOwn: boolean
}

/** Every rule that is on, in the order of ours and then of the team's. */
export interface RuleBook {
  readonly signal: readonly ActiveRule<Pick<Rule, 'check'>>[]
  readonly plan: readonly ActiveRule<Pick<PlanRule, 'check'>>[]
}

/** Twice as many as ours still fit into the 64 findings of a verdict. */
const OWN_RULE_LIMIT = 32
/** As a cause's: storable, and short enough for a line. */
const Title = Cause.shape.title
const SETTINGS: readonly string[] = ['reject', 'hold', 'note', 'off'] satisfies RuleSetting[]

/**
 * @throws RangeError for an id that no rule has (with the nearest one that a rule has), a severity that is none or that
 * is below what the rule may be set to, or own rules whose ids are ours, no ids or the same
 * @throws TypeError for an own rule that is none
 */
export function ruleBook({ severities = {}, own = [] }: RuleOptions = {}): RuleBook {
  checkOwn(own)
  const heads = [...RULES, ...PLAN_RULES, ...own]
  const ruleIds = heads.map(({ ruleId }) => ruleId)
  for (const [ruleId, setting] of Object.entries(severities)) {
    const rule = heads.find((head) => head.ruleId === ruleId)
    if (!rule) {
      throw new RangeError(
        `Cannot set the severity of ${ruleId}: there is no such rule, the nearest is ${nearestId(ruleId, ruleIds)}`,
      )
    }
    checkSetting(rule, setting)
  }
  const on = <Checks>(rules: readonly (Pick<RuleHead, 'ruleId' | 'title' | 'severity'> & Checks)[], isOwn: boolean) =>
    rules.flatMap((rule): ActiveRule<Checks>[] => {
      const severity = severities[rule.ruleId] ?? rule.severity
      return severity === 'off' ? [] : [{ rule, severity, isOwn }]
    })
  return {
    signal: [
      ...on(RULES, false),
      ...on(
        own.map((rule) => ({ ...rule, severity: rule.severity ?? ('hold' as const) })),
        true,
      ),
    ],
    plan: on(PLAN_RULES, false),
  }
}

function checkSetting(rule: Pick<RuleHead, 'ruleId' | 'title' | 'neverBelow'>, setting: string): void {
  const { ruleId, title, neverBelow } = rule
  if (!SETTINGS.includes(setting)) {
    throw new RangeError(
      `Cannot set the severity of ${ruleId}: one of ${SETTINGS.join(', ')} is required, got ${setting}`,
    )
  }
  if (neverBelow !== undefined && SETTINGS.indexOf(setting) > SETTINGS.indexOf(neverBelow)) {
    throw new RangeError(
      `Cannot set ${ruleId} (${title}) to ${setting}: it may not be below ${neverBelow}, because credits and declarations stand on it`,
    )
  }
}

function checkOwn(own: readonly OwnRule[]): void {
  if (own.length > OWN_RULE_LIMIT) {
    throw new RangeError(`Cannot add rules: at most ${OWN_RULE_LIMIT} are possible, got ${own.length}`)
  }
  const ruleIds = new Set<string>()
  for (const { ruleId, title, severity = 'hold', check } of own) {
    if (!RuleId.safeParse(ruleId).success || ruleId.startsWith('TG') || ruleIds.has(ruleId)) {
      throw new RangeError(
        `Cannot add the rule ${ruleId}: letters of your own (not TG) and three digits are required, as ACME001, each once`,
      )
    }
    ruleIds.add(ruleId)
    if (!Title.safeParse(title).success || typeof check !== 'function') {
      throw new TypeError(
        `Cannot add the rule ${ruleId}: a title of 1 to 120 characters and a function check are required`,
      )
    }
    if (!SETTINGS.includes(severity)) checkSetting({ ruleId, title }, severity)
  }
}
