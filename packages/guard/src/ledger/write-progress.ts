import type { SignalState } from '@tidegate/protocol'
import type { ReleaseProgress } from '../core/release.ts'
import type { Sql } from '../sql.ts'

/** Writes down how far a release has come. Its plan was written when it was approved; only its window may grow (`extend`). */
export async function writeProgress(
  sql: Sql,
  signalNo: number,
  state: SignalState,
  release: ReleaseProgress,
): Promise<void> {
  await sql.query(
    `UPDATE tidegate_ledger.signal SET state = $2, stage_index = $3, stage_starts_at_ms = $4::text::jsonb, gate_outcome = $5,
       gate_because = $6
     WHERE signal_no = $1`,
    [
      signalNo,
      state,
      release.stageIndex,
      JSON.stringify(release.stageStartsAtMs),
      release.gateOutcome,
      release.gateBecause,
    ],
  )
}
