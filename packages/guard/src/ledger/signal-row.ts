import {
  Action,
  Audience,
  CauseId,
  CauseKind,
  GateOutcome,
  ReleasePlan,
  Scope,
  SignalId,
  SignalState,
  Verdict,
} from '@tidegate/protocol'
import { z } from 'zod'
import type { ReleaseProgress } from '../core/release.ts'

/** A judged signal as the ledger keeps it, its accounts aside. */
export const SignalRow = z.object({
  signal_no: z.number(),
  signal_id: SignalId,
  version: z.number(),
  cause_id: CauseId,
  cause_kind: CauseKind,
  cause_title: z.string(),
  action: Action,
  scope: Scope,
  is_everyone: z.boolean(),
  filter: Audience.omit({ accounts: true }),
  reason: z.string().nullable(),
  proposed_at_ms: z.number(),
  state: SignalState,
  verdict: Verdict,
  judged_at_ms: z.number(),
  expires_at_ms: z.number(),
  audience_account_count: z.number(),
  /** Null for everyone. */
  named_audience_count: z.number().nullable(),
  is_paged: z.boolean(),
  predicted: z.array(z.object({ resourceId: z.string(), accountCount: z.number(), payloadBytes: z.number() })),
  approved_by: z.string().nullable(),
  approved_because: z.string().nullable(),
  release_plan: ReleasePlan.nullable(),
  stage_index: z.number().nullable(),
  stage_starts_at_ms: z.array(z.number()).nullable(),
  gate_outcome: GateOutcome.nullable(),
  gate_because: z.string().nullable(),
  superseded_by: z.number().nullable(),
  superseded_by_id: SignalId.nullable(),
  /** Shared by all that were approved at once in the place of others, which carry it as `superseded_by`. */
  supersession: z.number().nullable(),
})
export type SignalRow = z.infer<typeof SignalRow>

/** The start of a query for {@link SignalRow}s: a WHERE that leaves `waiting` ones out has to follow. */
export const SELECT_SIGNALS = `
  SELECT signal.*, cause.kind AS cause_kind, cause.title AS cause_title,
    (SELECT signal_id FROM tidegate_ledger.signal AS heir WHERE heir.signal_no = signal.superseded_by) AS superseded_by_id
  FROM tidegate_ledger.signal JOIN tidegate_ledger.cause USING (cause_id)`

export function parseSignalRows(rows: readonly object[]): SignalRow[] {
  return rows.map((row) => SignalRow.parse(row))
}

/** @returns how far its release has come, or null when nobody approved it */
export function progressOf(row: SignalRow): ReleaseProgress | null {
  if (row.release_plan === null || row.stage_index === null || row.stage_starts_at_ms === null) return null
  return {
    plan: row.release_plan,
    stageIndex: row.stage_index,
    stageStartsAtMs: row.stage_starts_at_ms,
    gateOutcome: row.gate_outcome,
    gateBecause: row.gate_because,
  }
}
