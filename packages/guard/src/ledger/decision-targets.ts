import { Denied, type Target } from '@tidegate/protocol'
import type { Sql } from '../sql.ts'
import { parseSignalRows, SELECT_SIGNALS, type SignalRow } from './signal-row.ts'

/** Judged signals of a target, oldest first; one whose time is over counts as expired, also before a tick has said so. */
export async function targetRows(sql: Sql, target: Target, nowMs: number): Promise<SignalRow[]> {
  const found = await sql.query(
    `${SELECT_SIGNALS} WHERE signal.${column(target)} = $1 AND state <> 'waiting' ORDER BY signal_no`,
    [idOf(target)],
  )
  const rows = parseSignalRows(found).map((row) =>
    isLive(row) && row.expires_at_ms <= nowMs ? { ...row, state: 'expired' as const } : row,
  )
  if (rows.length === 0) {
    throw new Denied({
      kind: 'not-found',
      what: `a judged signal ${target.kind === 'cause' ? 'of cause ' : ''}${idOf(target)}`,
    })
  }
  return rows
}

/** What keeps a decision from being taken: the states that the target's signals are in. */
export function conflict(verb: string, target: Target, rows: readonly SignalRow[]): Denied {
  const states = [
    ...new Set(
      rows.map((row) => (row.release_plan && isLive(row) ? `${row.state} by another plan or stage` : row.state)),
    ),
  ]
  return new Denied({
    kind: 'conflict',
    message: `Cannot ${verb} ${target.kind} ${idOf(target)}: it is ${states.join(', ')}`,
  })
}

export function isLive(row: SignalRow): boolean {
  return row.state === 'held' || row.state === 'released' || row.state === 'paused'
}

export function column(target: Target): 'cause_id' | 'signal_id' {
  return target.kind === 'cause' ? 'cause_id' : 'signal_id'
}

export function idOf(target: Target): string {
  return target.kind === 'cause' ? target.causeId : target.signalId
}
