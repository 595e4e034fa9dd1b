import { Finding } from '@tidegate/protocol'
import { z } from 'zod'
import type { Found, RuleHead } from './rule.ts'
import type { ActiveRule } from './rule-book.ts'

/** What a rule's answer comes to: a finding, and how many canaries it leaves beyond what credits leave. */
export interface RuleResult {
  readonly finding: Finding
  readonly canaryLimit: number
}

/** PostgreSQL stores neither U+0000 nor half a surrogate pair, and a finding that cannot be stored would be none. */
const UNSTORABLE = /[\0\p{Cs}]/gu
const Storable = z.string().regex(/^[^\0\p{Cs}]*$/u)

const Answer = z.object({
  message: Finding.shape.message.and(Storable),
  evidence: z.record(
    z.string().max(64).and(Storable),
    z.union([z.string().max(500).and(Storable), z.number(), z.boolean()]),
  ),
  doInstead: Finding.shape.doInstead.and(Storable),
  canaryLimit: z.int().min(0).or(z.literal(Number.POSITIVE_INFINITY)).optional(),
  atLeast: z.literal('reject').optional(),
}) satisfies z.ZodType<Found>

/**
 * Asks a rule, inside a fence: one that throws, or answers neither null nor a finding, does not keep a verdict from being
 * given, and does not let the signal pass either. It is held without canaries, with a finding that says so (G6).
 *
 * @returns null when the rule finds that all is well
 */
export function askRule<Facts>(
  { rule, severity, isOwn }: ActiveRule<{ readonly check: (facts: Facts) => Found | null }>,
  facts: Facts,
  causeId: string,
): RuleResult | null {
  const { ruleId } = rule
  let found: Found | null | undefined
  try {
    // A rule that is not ours cannot change what the others see. What it answers may throw when it is read.
    const answer = rule.check(isOwn ? structuredClone(facts) : facts)
    found = answer === null ? null : Answer.safeParse(isOwn ? answer : shortened(answer)).data
  } catch (error) {
    return brokenRule(rule, causeId, `it threw ${errorText(error)}`)
  }
  if (found === null) return null
  if (found === undefined) return brokenRule(rule, causeId, 'its answer is neither null nor a finding')
  const { canaryLimit = Number.POSITIVE_INFINITY, atLeast, message, evidence, doInstead } = found
  const weight = atLeast ?? severity
  return {
    finding: { ruleId, severity: weight, message, evidence, doInstead },
    canaryLimit: weight === 'note' ? Number.POSITIVE_INFINITY : canaryLimit,
  }
}

/** Ours name causes and resources that may be called anything, up to 128 characters that a shell has to have quoted. */
function shortened(found: Found): Found {
  return { ...found, message: firstCharacters(found.message, 1000), doInstead: firstCharacters(found.doInstead, 1000) }
}

/** Whole characters: half of one cannot be stored. */
function firstCharacters(text: string, count: number): string {
  return text.length <= count ? text : [...text].slice(0, count).join('')
}

function brokenRule(
  { ruleId, title }: Pick<RuleHead, 'ruleId' | 'title'>,
  causeId: string,
  because: string,
): RuleResult {
  return {
    canaryLimit: 0,
    finding: {
      ruleId,
      severity: 'hold',
      message: `${ruleId} (${title}) could not say whether the signal of ${causeId} may pass: ${because}.`.slice(
        0,
        1000,
      ),
      evidence: { isRuleBroken: true, because: because.slice(0, 500) },
      doInstead:
        `Mend ${ruleId}: what a rule cannot judge does not pass. Until then an approver decides about ${causeId}.`.slice(
          0,
          1000,
        ),
    },
  }
}

function errorText(error: unknown): string {
  try {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : typeof error
    return text.slice(0, 300).replace(UNSTORABLE, '')
  } catch {
    return 'what cannot be told'
  }
}
