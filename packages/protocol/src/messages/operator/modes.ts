import { z } from 'zod'
import { Sentence } from '../../quantities.ts'
import { ClientMode } from '../in-force.ts'

/**
 * `enforce` holds and admits. `observe` records the verdicts it would give, releases nothing to clients and refuses
 * nothing. `off` takes proposals in and does nothing else.
 */
export const GuardMode = z.enum(['enforce', 'observe', 'off'])
export type GuardMode = z.infer<typeof GuardMode>

/** Operator to guard: switch the guard, or every SDK in the field with its next answer. Absent means unchanged. */
export const SetModes = z
  .object({ guardMode: GuardMode.optional(), clientMode: ClientMode.optional(), reason: Sentence })
  .refine(
    (modes) => modes.guardMode !== undefined || modes.clientMode !== undefined,
    'guardMode or clientMode is required',
  )
export type SetModes = z.infer<typeof SetModes>

export const Modes = z.object({ guardMode: GuardMode, clientMode: ClientMode })
export type Modes = z.infer<typeof Modes>
