import { z } from 'zod'

const Factor = z.number().gt(0).max(1)
const Count = z.int().min(0)
/** Milliseconds since 1970 on the ledger's clock, so that a state outlives the process that wrote it. */
const AtMs = z.number().min(0)
const Because = z.string().min(1)

/** Nothing is let in, or everything, until an operator says otherwise. */
const Settled = z.object({ kind: z.enum(['closed', 'open']), because: Because, changedAtMs: AtMs })

/** On the way: `probe` lets a little in to see how the resource does, `ramp` more and more. */
const Running = z.object({
  kind: z.enum(['probe', 'ramp']),
  /** Why it stands where it does, as a sentence. */
  because: Because,
  /** From when on a window says something about this factor. */
  changedAtMs: AtMs,
  /** Of everything, what is let in. */
  factor: Factor,
  /** Whether the last change let in more. */
  isGrown: z.boolean(),
  /** Healthy windows in a row at this factor. */
  healthyCount: Count,
  /** Where it was halved last, and how often there: the oftener, the longer it waits before it tries again. */
  trouble: z.object({ factor: Factor, count: Count.min(1) }).nullable(),
  startedBy: z.string().min(1),
  reason: z.string().min(1),
  startedAtMs: AtMs,
  /** From then on it grows no more until an operator gives it more time. */
  endsAtMs: AtMs,
})

/**
 * Where the ramp of one resource stands: a plain value, kept where it outlives its process.
 *
 * ```
 *            start            healthy × 3          healthy × 3 at 1
 *   closed ─────────▶ probe ─────────────▶ ramp ───────────────────▶ open
 *                       ▲  red: down to it  │ healthy: × 1.25
 *                       └───────────────────┘ amber, nothing known: stays · red: × 0.5
 * ```
 *
 * An operator closes it, opens it and starts it anew from anywhere.
 */
export const RampState = z.discriminatedUnion('kind', [Settled, Running])
export type RampState = z.infer<typeof RampState>
export type RunningRamp = z.infer<typeof Running>
export type SettledRamp = z.infer<typeof Settled>

/** Where a resource stands that nobody ever ramped. */
export const NEVER_RAMPED: SettledRamp = { kind: 'open', because: 'No ramp was ever started.', changedAtMs: 0 }

/** Of everything, what is let in: in [0, 1]. */
export function rampFactor(state: RampState): number {
  if ('factor' in state) return state.factor
  return state.kind === 'open' ? 1 : 0
}

/**
 * A state as it was kept.
 *
 * @throws TypeError for anything else, saying what is wrong with it: nobody knows then what may be let in, which is for an
 *   operator to say
 */
export function parseRampState(kept: unknown): RampState {
  const parsed = RampState.safeParse(kept)
  if (parsed.success) return parsed.data
  throw new TypeError(
    `Cannot go on with a ramp: what was kept of it is not its state. ${z.prettifyError(parsed.error)}`,
  )
}
