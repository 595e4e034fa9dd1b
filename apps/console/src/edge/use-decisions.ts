import {
  type Advance,
  type Approve,
  type DecisionAnswer,
  describeSwitch,
  type Extend,
  type LiftSwitch,
  type Reject,
  type Revoke,
  type SetModes,
  type SetSwitch,
} from '@tidegate/protocol'
import { useMemo } from 'react'
import { formatCounted } from '../core/figures.ts'
import type { GuardClient } from './guard-client.ts'

/** What an operator may decide. Each rejects when the guard did not take it. */
export interface Decisions {
  readonly approve: (decision: Approve) => Promise<void>
  readonly advance: (decision: Advance) => Promise<void>
  readonly extend: (decision: Extend) => Promise<void>
  readonly reject: (decision: Reject) => Promise<void>
  readonly revoke: (decision: Revoke) => Promise<void>
  readonly setModes: (modes: SetModes) => Promise<void>
  readonly setSwitch: (setting: SetSwitch) => Promise<void>
  readonly liftSwitch: (lift: LiftSwitch) => Promise<void>
}

/** @param onDone told what a decision did, in one sentence, after the guard took it */
export function useDecisions(guard: GuardClient, onDone: (sentence: string) => void): Decisions {
  return useMemo(
    () => ({
      approve: async (decision) => onDone(`Approved: ${affected(await guard.approve.mutate(decision))}.`),
      advance: async (decision) => onDone(`Advanced: ${affected(await guard.advance.mutate(decision))}.`),
      extend: async (decision) => onDone(`Extended: ${affected(await guard.extend.mutate(decision))}.`),
      reject: async (decision) => onDone(`Rejected: ${stopped(await guard.reject.mutate(decision))}.`),
      revoke: async (decision) => onDone(`Revoked: ${stopped(await guard.revoke.mutate(decision))}.`),
      setModes: async (modes) => {
        const now = await guard.setModes.mutate(modes)
        onDone(`Guard: ${now.guardMode}. Clients: ${now.clientMode}.`)
      },
      setSwitch: async (setting) => {
        const { switchNo, effect } = (await guard.setSwitch.mutate(setting)).switch
        onDone(`Switch ${switchNo} is set: ${describeSwitch(effect)}.`)
      },
      liftSwitch: async (lift) => {
        const { switchNo, effect } = (await guard.liftSwitch.mutate(lift)).switch
        onDone(`Switch ${switchNo} has ended; it was: ${describeSwitch(effect)}.`)
      },
    }),
    [guard, onDone],
  )
}

function affected(answer: DecisionAnswer): string {
  if (answer.signalCount === 0) return 'that had been decided before'
  return `${formatCounted(answer.signalCount, 'signal')}, ${formatCounted(answer.accountCount, 'account')}`
}

function stopped(answer: DecisionAnswer): string {
  if (answer.signalCount === 0) return affected(answer)
  return `${affected(answer)}; ${formatCounted(answer.neverBegunAccountCount, 'account')} had not begun and never will`
}
