import type { Actor, Switch, SwitchEffect } from '@tidegate/protocol'
import { toldDurationMs } from '../told-duration.ts'

/** A switch as the ledger has it. Times are the ledger's clock, the same on every node. */
export interface SwitchRecord {
  readonly switchNo: number
  readonly effect: SwitchEffect
  readonly reason: string
  readonly by: Actor
  readonly setAtMs: number
  /** By itself, or earlier when it was lifted. */
  readonly endsAtMs: number
}

/** @returns the switch as operators are shown it */
export function shownSwitch(record: SwitchRecord, nowMs: number): Switch {
  const { switchNo, effect, reason, by, setAtMs, endsAtMs } = record
  return {
    switchNo,
    effect,
    reason,
    by,
    setAtMs: Math.max(0, setAtMs),
    endsInMs: toldDurationMs(Math.ceil(endsAtMs - nowMs)),
  }
}
