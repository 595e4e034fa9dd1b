import { Actor, Denied, type LiftSwitch, MAX_SWITCHES, type SetSwitch, SwitchEffect } from '@tidegate/protocol'
import type { SetSwitches } from '../core/ledger.ts'
import type { LedgerEvent } from '../core/ledger-event.ts'
import { SwitchBoard } from '../core/switches/switch-board.ts'
import type { SwitchRecord } from '../core/switches/switch-record.ts'
import type { Sql } from '../sql.ts'
import { readCause } from './causes.ts'
import { GUARD_ACTOR } from './judge.ts'
import type { LedgerContext } from './ledger-context.ts'
import { lockLedger, recordDecision } from './ledger-row.ts'

interface SwitchRow {
  readonly switch_no: number
  readonly effect: unknown
  readonly reason: string
  readonly set_by: string
  readonly set_at_ms: number
  readonly ends_at_ms: number
  readonly ended_at_ms: number | null
}

/** @returns the switches that were neither lifted nor written down as ended, oldest first */
export async function readSwitches(sql: Sql): Promise<SwitchRecord[]> {
  const rows = await sql.query<SwitchRow>(
    'SELECT * FROM tidegate_ledger.switch WHERE ended_at_ms IS NULL ORDER BY switch_no',
  )
  return rows.map(recordOf)
}

/** Puts a switch in force until its end. */
export function setSwitch(context: LedgerContext, setting: SetSwitch, by: Actor, nowMs: number): Promise<SetSwitches> {
  return context.database.transaction(async (sql) => {
    await lockLedger(sql)
    const before = new SwitchBoard(await readSwitches(sql)).inForce(nowMs)
    if (before.length >= MAX_SWITCHES) {
      const message = `Cannot set a switch: ${MAX_SWITCHES} are in force, which is the most there can be; lift one first`
      throw new Denied({ kind: 'conflict', message })
    }
    const { effect, endsInMs, reason } = setting
    await checkNamed(sql, context, effect)
    const [row] = await sql.query<SwitchRow>(
      `INSERT INTO tidegate_ledger.switch (effect, reason, set_by, set_at_ms, ends_at_ms)
       VALUES ($1::text::jsonb, $2, $3, $4, $5) RETURNING *`,
      [JSON.stringify(effect), reason, by, nowMs, nowMs + endsInMs],
    )
    if (!row) throw new Error('Cannot set a switch: the ledger wrote none')
    const set = recordOf(row)
    await recordDecision(sql, nowMs, [{ kind: 'switch-set', actor: by, reason, ...aboutOf(set) }])
    return { changed: set, inForce: [...before, set] }
  })
}

/** Ends a switch before its time. One that has ended stays as it is. */
export function liftSwitch(context: LedgerContext, lift: LiftSwitch, by: Actor, nowMs: number): Promise<SetSwitches> {
  return context.database.transaction(async (sql) => {
    await lockLedger(sql)
    const { switchNo, reason } = lift
    const [row] = await sql.query<SwitchRow>('SELECT * FROM tidegate_ledger.switch WHERE switch_no = $1', [switchNo])
    if (!row) throw new Denied({ kind: 'not-found', what: `a switch ${switchNo}` })
    const known = recordOf(row)
    if (row.ended_at_ms === null && nowMs < known.endsAtMs) {
      await writeEnd(sql, known, nowMs)
      await recordDecision(sql, nowMs, [{ kind: 'switch-lifted', actor: by, reason, ...aboutOf(known) }])
    }
    const inForce = new SwitchBoard(await readSwitches(sql)).inForce(nowMs)
    return { changed: { ...known, endsAtMs: Math.min(known.endsAtMs, row.ended_at_ms ?? nowMs) }, inForce }
  })
}

/** Writes down which switches have ended by themselves. They stopped working at their end, whenever this comes. */
export async function endSwitches(sql: Sql, records: readonly SwitchRecord[], nowMs: number): Promise<LedgerEvent[]> {
  const ended = records.filter(({ endsAtMs }) => endsAtMs <= nowMs)
  for (const record of ended) await writeEnd(sql, record, record.endsAtMs)
  return ended.map((record) => ({ kind: 'switch-ended', actor: GUARD_ACTOR, ...aboutOf(record) }))
}

async function writeEnd(sql: Sql, { switchNo }: SwitchRecord, endedAtMs: number): Promise<void> {
  await sql.query('UPDATE tidegate_ledger.switch SET ended_at_ms = $2 WHERE switch_no = $1', [switchNo, endedAtMs])
}

/** A misspelt name would look like a switch that works. Classes, services and levels are the host's words, known to nobody here. */
async function checkNamed(sql: Sql, { resources }: LedgerContext, effect: SwitchEffect): Promise<void> {
  if (effect.kind === 'pause' && !(await readCause(sql, effect.causeId))) {
    throw new Denied({ kind: 'not-found', what: `a cause ${effect.causeId}` })
  }
  const resourceId = 'resourceId' in effect ? effect.resourceId : undefined
  const known = resources.resources.map((resource) => resource.resourceId)
  if (resourceId !== undefined && !known.includes(resourceId)) {
    throw new Denied({
      kind: 'not-found',
      what: `a resource ${resourceId}: there are ${known.slice(0, 20).join(', ')}`,
    })
  }
}

function aboutOf({ switchNo, effect, endsAtMs }: SwitchRecord) {
  const evidence = { switchNo, effect, endsAtMs }
  return effect.kind === 'pause' ? { causeId: effect.causeId, evidence } : { evidence }
}

function recordOf(row: SwitchRow): SwitchRecord {
  return {
    switchNo: row.switch_no,
    effect: SwitchEffect.parse(row.effect),
    reason: row.reason,
    by: Actor.parse(row.set_by),
    setAtMs: row.set_at_ms,
    endsAtMs: row.ends_at_ms,
  }
}
