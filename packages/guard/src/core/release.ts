import type { GateOutcome, ReleasePlan } from '@tidegate/protocol'
import { judgeGate, type StageEvidence } from './gate.ts'

/**
 * How far a release has come. Stages only ever begin, in order, and keep the time they began at: whoever was let out
 * stays let out, and a restart changes nobody's turn.
 *
 * ```
 * approve ──▶ stage 0 ──bake──▶ gate ──go──▶ stage 1 … ──▶ last stage ──bake──▶ gate ──go──▶ done
 *                                 └─ stop, inconclusive ──▶ paused ──advance──▶ next stage
 * ```
 */
export interface ReleaseProgress {
  readonly plan: ReleasePlan
  readonly stageIndex: number
  readonly stageStartsAtMs: readonly number[]
  /** What the current stage's gate said; null while it bakes. */
  readonly gateOutcome: GateOutcome | null
}

export function startRelease(plan: ReleasePlan, nowMs: number): ReleaseProgress {
  return { plan, stageIndex: 0, stageStartsAtMs: [nowMs], gateOutcome: null }
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
  if (isLastStage(release)) return { ...release, gateOutcome: 'go' }
  return {
    plan: release.plan,
    stageIndex: release.stageIndex + 1,
    stageStartsAtMs: [...release.stageStartsAtMs, nowMs],
    gateOutcome: null,
  }
}

export type ReleaseStep =
  | { readonly kind: 'wait' }
  | { readonly kind: 'go'; readonly release: ReleaseProgress }
  | { readonly kind: 'pause'; readonly release: ReleaseProgress }
  /** The last stage's gate was judged and lets nobody further out: recorded, nothing to ask. */
  | { readonly kind: 'settle'; readonly release: ReleaseProgress }

/** What the passing of time does to a release: at most one stage begins, however late the call comes (G6). */
export function stepRelease(release: ReleaseProgress, evidence: StageEvidence | null, nowMs: number): ReleaseStep {
  const dueAtMs = bakedAtMs(release)
  const stage = release.plan.stages[release.stageIndex]
  if (dueAtMs === null || !stage || nowMs < dueAtMs) return { kind: 'wait' }
  const gateOutcome = judgeGate(stage.gate, evidence, { bakedAtMs: dueAtMs })
  const judged = { ...release, gateOutcome }
  if (isLastStage(release)) return { kind: gateOutcome === 'stop' ? 'pause' : 'settle', release: judged }
  if (gateOutcome === 'go') return { kind: 'go', release: nextStage(judged, nowMs) }
  return { kind: 'pause', release: judged }
}

function isLastStage(release: ReleaseProgress): boolean {
  return release.stageIndex >= release.plan.stages.length - 1
}
