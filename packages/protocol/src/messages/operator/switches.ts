import { z } from 'zod'
import { Actor, CauseId, ResourceId } from '../../ids.ts'
import { DurationMs, EpochMs, Ratio, Sentence } from '../../quantities.ts'
import { ClientClass } from '../client-identity.ts'
import { GuardMode } from './modes.ts'

/** A switch is for an incident: what has to hold for longer is a setting. */
export const LONGEST_SWITCH_MS = 30 * 86_400_000

/** So many may be in force at once; nobody can oversee more. */
export const MAX_SWITCHES = 256

/** A service of the host app, as its operators call it: `mail`, `calendar`. */
export const ServiceName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, 'must be a lower-case word of at most 32 characters')
  .brand<'ServiceName'>()
export type ServiceName = z.infer<typeof ServiceName>

/** Names the rows of the ledger, 1 and rising: short enough to be read out over a telephone. */
export const SwitchNo = z.int().min(1)

/**
 * What a switch does while it is in force. None of them ever lets more through than without it.
 *
 * - `throttle`: resyncs and first loads that fit all the conditions given draw at most `toRatio` of each resource's
 *   rate together, whatever has a lease. 0 stops them. People and deliveries are not asked.
 * - `pause`: nothing of the cause is in force: nobody begins, whoever is under way stops at the next page and keeps what
 *   it has, and stages wait. Afterwards clients go on where they were.
 * - `shed`: the service is refused with the denial `shed` and this text for people, before any work.
 * - `ramp`: the resource is opened step by step from nothing, as after a cold start.
 */
export const SwitchEffect = z.discriminatedUnion('kind', [
  z
    .object({
      kind: z.literal('throttle'),
      clientClass: ClientClass.optional(),
      resourceId: ResourceId.optional(),
      toRatio: Ratio.lt(1),
    })
    .refine(
      ({ clientClass, resourceId }) => clientClass !== undefined || resourceId !== undefined,
      'clientClass or resourceId is required',
    ),
  z.object({ kind: z.literal('pause'), causeId: CauseId }),
  z.object({ kind: z.literal('shed'), service: ServiceName, text: Sentence }),
  z.object({ kind: z.literal('ramp'), resourceId: ResourceId }),
])
export type SwitchEffect = z.infer<typeof SwitchEffect>

/** Operator to guard: from now on, on every node that reaches the ledger within a second, until it is lifted or ends by itself. */
export const SetSwitch = z.object({
  effect: SwitchEffect,
  endsInMs: DurationMs.min(1).max(LONGEST_SWITCH_MS),
  reason: Sentence,
})
export type SetSwitch = z.infer<typeof SetSwitch>

/** Operator to guard: this switch ends now. Lifting what has ended changes nothing. */
export const LiftSwitch = z.object({ switchNo: SwitchNo, reason: Sentence })
export type LiftSwitch = z.infer<typeof LiftSwitch>

/** A switch as operators see it. `endsInMs` is 0 once it has ended. */
export const Switch = z.object({
  switchNo: SwitchNo,
  effect: SwitchEffect,
  reason: Sentence,
  by: Actor,
  setAtMs: EpochMs,
  endsInMs: DurationMs,
})
export type Switch = z.infer<typeof Switch>

/**
 * Guard to operator: the switch that was set or lifted, and all that are in force now, oldest first: of several about the
 * same, the strictest holds. Only `shed` works while the guard observes, and none while it is off.
 */
export const SwitchAnswer = z.object({
  switch: Switch,
  inForce: z.array(Switch).max(MAX_SWITCHES),
  guardMode: GuardMode,
  serverNowMs: EpochMs,
})
export type SwitchAnswer = z.infer<typeof SwitchAnswer>
