import type { GateOutcome, ReleasePlan } from '@tidegate/protocol'
import { judgeGate, type StageEvidence } from './gate.ts'

/**
 * How far a release has come. Stages only ever begin, in order, and keep the time they began at: whoever was let out
 * stays let out, and a restart changes nobody's turn.
 *
 * ```
 * approve ──▶ stage 0 ──bake──▶ gate ──go──▶ stage 1 … ──▶ last stage ──bake──▶ gate ──go──▶ done
 *                                 ├─ stop, inconclusive ──▶ paused ──advance──▶ next stage
 *                                 └─ stop, where the plan says so ──▶ revoked
 * ```
 */
export interface ReleaseProgress {
  readonly plan: ReleasePlan
  readonly stageIndex: number
  readonly stageStartsAtMs: readonly number[]
  /** What the current stage's gate said; null while it bakes. */
  readonly gateOutcome: GateOutcome | null
  /** Why it said so; null as the outcome, and where an operator went on without it. */
  readonly gateBecause: string | null
}

export function startRelease(plan: ReleasePlan, nowMs: number): ReleaseProgress {
  return { plan, stageIndex: 0, stageStartsAtMs: [nowMs], gateOutcome: null, gateBecause: null }
}

/** @returns when the current stage's bake time is over, or null when its gate has been judged */
export function bakedAtMs(release: ReleaseProgress): number | null {
  const stage = release.plan.stages[release.stageIndex]
  const startedAtMs = release.stageStartsAtMs[release.stageIndex]
  if (!stage || startedAtMs === undefined || release.gateOutcome !== null) return null
  return startedAtMs + stage.bakeMs
}

/** Begins the next stage. The last one has no next: its release stays as it is, with the gate settled. */
export function nextStage(release: ReleaseProgress, nowMs: number): ReleaseProgress {
  if (isLastStage(release)) return { ...release, gateOutcome: 'go', gateBecause: null }
  return {
    plan: release.plan,
    stageIndex: release.stageIndex + 1,
    stageStartsAtMs: [...release.stageStartsAtMs, nowMs],
    gateOutcome: null,
    gateBecause: null,
  }
}

/** A longer window, for all stages. Their starts stay, so each client's turn moves later or stays. */
export function stretched(release: ReleaseProgress, windowMs: number): ReleaseProgress {
  if (windowMs < release.plan.windowMs) {
    throw new RangeError(`Cannot stretch a window of ${release.plan.windowMs} ms to ${windowMs} ms`)
  }
  return { ...release, plan: { ...release.plan, windowMs } }
}

/** @returns when the turn of the last client comes at the earliest: if every gate that is still to be judged says go */
export function lastTurnAtMs({ plan, stageIndex, stageStartsAtMs }: ReleaseProgress, nowMs: number): number {
  let startedAtMs = stageStartsAtMs[stageIndex] ?? nowMs
  for (const { bakeMs } of plan.stages.slice(stageIndex, -1)) startedAtMs = Math.max(nowMs, startedAtMs + bakeMs)
  return startedAtMs + plan.windowMs
}

export type ReleaseStep =
  | { readonly kind: 'wait' }
  | {
      /**
       * `go`: the next stage begins. `pause`: an operator decides. `revoke`: it is over, because the plan says so of a stop.
       * `settle`: the last stage's gate was judged and lets nobody further out, so there is nothing to ask.
       */
      readonly kind: 'go' | 'pause' | 'revoke' | 'settle'
      readonly release: ReleaseProgress
      readonly because: string
    }

/** What the passing of time does to a release: at most one stage begins, however late the call comes (G6). */
export function stepRelease(release: ReleaseProgress, evidence: StageEvidence | null, nowMs: number): ReleaseStep {
  const dueAtMs = bakedAtMs(release)
  const stage = release.plan.stages[release.stageIndex]
  if (dueAtMs === null || !stage || nowMs < dueAtMs) return { kind: 'wait' }
  const { outcome, because } = judgeGate(stage.gate, evidence, {
    startedAtMs: dueAtMs - stage.bakeMs,
    bakedAtMs: dueAtMs,
  })
  const judged = { ...release, gateOutcome: outcome, gateBecause: because }
  if (outcome === 'stop') {
    return { kind: release.plan.onStop === 'revoke' ? 'revoke' : 'pause', release: judged, because }
  }
  if (isLastStage(release)) return { kind: 'settle', release: judged, because }
  if (outcome === 'go') return { kind: 'go', release: nextStage(judged, nowMs), because }
  return { kind: 'pause', release: judged, because }
}

function isLastStage(release: ReleaseProgress): boolean {
  return release.stageIndex >= release.plan.stages.length - 1
}
