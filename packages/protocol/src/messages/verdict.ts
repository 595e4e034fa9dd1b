import { z } from 'zod'
import { Count } from '../quantities.ts'

/**
 * Stable name of a rule: letters for whose rule it is, and three digits. `TG` are the guard's and the checker's, whose
 * page is `apps/docs/rules/<id>.md`; a team's own rules have letters of their own, such as `ACME001`.
 */
export const RuleId = z.string().regex(/^[A-Z]{2,12}\d{3}$/, 'must be 2 to 12 capital letters and three digits')
export type RuleId = z.infer<typeof RuleId>

/** One thing a rule found: what, the evidence in figures, and the safe way out. `reject` and `hold` decide the verdict; `note` does not. */
export const Finding = z.object({
  ruleId: RuleId,
  severity: z.enum(['reject', 'hold', 'note']),
  message: z.string().min(1).max(1000),
  evidence: z.record(z.string().max(64), z.union([z.string().max(500), z.number(), z.boolean()])),
  doInstead: z.string().min(1).max(1000),
})
export type Finding = z.infer<typeof Finding>

/**
 * What the guard decided about a signal when it took it in. `release`: all of its audience is within the cause's credit
 * and in force. `hold`: its canary accounts, if any, are in force and the rest waits for a person. `reject`: nothing is.
 */
export const Verdict = z.object({
  kind: z.enum(['release', 'hold', 'reject']),
  findings: z.array(Finding).max(64),
  canaryAccountCount: Count,
  heldAccountCount: Count,
})
export type Verdict = z.infer<typeof Verdict>
