import type { Gate, GateOutcome } from '@tidegate/protocol'

/** What reports say about a stage, and when they were counted. */
export interface StageEvidence {
  /** When the figures were read. */
  readonly readAtMs: number
  /**
   * Distinct accounts that the stage has let out and whose clients came to a result since it began: `consistent`,
   * `resynced`, `stuck` or `failed`. One that `declined` or was `stopped` says nothing about the release, so it counts for
   * neither.
   */
  readonly endedCount: number
  /** Those of them with a client that was `stuck` or `failed`. */
  readonly failedCount: number
}

/**
 * Whether a stage may be followed by the next. Unknown never advances (G6): no figures, figures from before the bake time
 * was over, figures that cannot be, or too few reports are `inconclusive`.
 *
 * @param options.bakedAtMs when the stage's bake time was over
 */
export function judgeGate(gate: Gate, evidence: StageEvidence | null, options: { bakedAtMs: number }): GateOutcome {
  if (evidence === null || !(evidence.readAtMs >= options.bakedAtMs)) return 'inconclusive'
  const { endedCount, failedCount } = evidence
  if (!isCount(endedCount) || !isCount(failedCount) || failedCount > endedCount) return 'inconclusive'
  // Enough failures to break the gate even if every report still missing were a success: no need to wait for them.
  if (failedCount > gate.maxFailureRatio * Math.max(endedCount, gate.minReportCount)) return 'stop'
  if (endedCount < Math.max(1, gate.minReportCount)) return 'inconclusive'
  return failedCount / endedCount > gate.maxFailureRatio ? 'stop' : 'go'
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}
