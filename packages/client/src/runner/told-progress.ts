import { CauseKind, ClientMode, ResyncOutcome } from '@tidegate/protocol'
import { z } from 'zod'
import type { State } from '../core/machine/state.ts'
import type { Progress } from '../core/progress.ts'

/** By name, each once: a state that is missing here does not compile. */
const STATES = {
  current: 'current',
  noticed: 'noticed',
  confirming: 'confirming',
  comparing: 'comparing',
  catchingUp: 'catchingUp',
  asking: 'asking',
  waiting: 'waiting',
  fetching: 'fetching',
  proving: 'proving',
  stopping: 'stopping',
  paused: 'paused',
  declined: 'declined',
  stuck: 'stuck',
  off: 'off',
} as const satisfies { readonly [Kind in State['kind']]: Kind }

/** How a job may have ended. */
export const Outcome = z.enum([...ResyncOutcome.exclude(['begun']).options, 'observed'])

const Figures = z.object({ itemCount: z.number(), bytes: z.number() })

/** Progress as another tab tells it, which may run another release: read whole, or not at all. */
export const ToldProgress: z.ZodType<Progress> = z.object({
  state: z.enum(STATES),
  mode: ClientMode,
  cause: z.object({ kind: CauseKind, title: z.string() }).nullable(),
  reason: z.string().nullable(),
  signalIds: z.array(z.string()),
  differs: Figures.nullable(),
  done: Figures,
  bytesPerSecond: z.number().nullable(),
  remainingMs: z.number().nullable(),
  waitingFor: z.enum(['turn', 'capacity', 'retry', 'confirmation', 'online', 'consent']).nullable(),
  waitingMs: z.number().nullable(),
  proofRound: z.number(),
  missingIds: z.array(z.string()),
  result: z
    .object({
      outcome: Outcome,
      signalIds: z.array(z.string()),
      asOf: z.record(z.string(), z.number()),
      proofRounds: z.number(),
      itemCount: z.number(),
      bytes: z.number(),
      differs: Figures.nullable(),
      missingIds: z.array(z.string()),
      notServed: z.array(z.string()).exactOptional(),
    })
    .nullable(),
  problem: z.string().nullable(),
})
