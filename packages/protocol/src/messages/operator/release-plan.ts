import { z } from 'zod'
import { Count, DurationMs, Ratio } from '../../quantities.ts'

/**
 * When a stage may be followed by the next: at least `minReportCount` accounts that it let out have ended their resync,
 * at most `maxFailureRatio` of them with a client that was stuck or failed, and no other bound that is given is passed.
 * Too few reports, and figures that are missing or stale, are not a yes: the release pauses and asks (G6).
 */
export const Gate = z.object({
  minReportCount: Count.min(1),
  maxFailureRatio: Ratio,
  /** Of the accounts that ended or declined: those where a person declined and no client went through. */
  maxDeclineRatio: Ratio.optional(),
  /** Of the accounts that ended: those whose clients were equal already. Many of them say that the reset is spurious. */
  maxNothingToFetchRatio: Ratio.optional(),
  /** What the host app's probe says of each resource of the audience. */
  maxLatencyMs: DurationMs.optional(),
  maxErrorRatio: Ratio.optional(),
})
export type Gate = z.infer<typeof Gate>

/**
 * How held signals are let out: stages by cohort, each a share of the audience that includes the ones before it, then a
 * bake time, then a gate. Clients of a stage verify within `verifyWindowMs` and fetch within `windowMs` of its start. A
 * gate that says `stop` pauses the release; with `onStop: 'revoke'` it revokes the signal.
 */
export const ReleasePlan = z.object({
  verifyWindowMs: DurationMs,
  windowMs: DurationMs,
  stages: z
    .array(z.object({ share: Ratio.gt(0), bakeMs: DurationMs, gate: Gate }))
    .min(1)
    .max(20)
    .refine(
      (stages) => stages.every((stage, at) => at === 0 || stage.share > (stages[at - 1]?.share ?? 0)),
      'shares must rise',
    )
    .refine((stages) => stages.at(-1)?.share === 1, 'the last stage must be the whole audience, share 1'),
  onStop: z.enum(['pause', 'revoke']).optional(),
})
export type ReleasePlan = z.infer<typeof ReleasePlan>

/** What judging a stage's gate said. `inconclusive` pauses the release until an operator decides. */
export const GateOutcome = z.enum(['go', 'stop', 'inconclusive'])
export type GateOutcome = z.infer<typeof GateOutcome>
