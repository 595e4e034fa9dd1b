import { track, verifyTrack } from '@tidegate/guard'
import type { SqlDatabase } from '@tidegate/guard/sql'
import { type Measured, median, type Round } from './bench-result.ts'

/** The same table twice, one of them tracked: they take turns, so whatever the machine does meanwhile happens to both. */
export const TABLES = ['plain', 'tracked'] as const
export type Table = (typeof TABLES)[number]

export async function makeTables(db: SqlDatabase): Promise<void> {
  for (const table of TABLES)
    await db.script(`create table ${table} (
      account_id text not null, message_id text not null, uid int8 not null, mod_seq int8 not null,
      content_hash text not null, payload jsonb not null, size_bytes int8 not null,
      primary key (account_id, message_id), unique (account_id, uid)) with (autovacuum_enabled = off)`)
  await track(db, {
    table: 'tracked',
    collection: 'messages',
    columns: {
      accountId: 'account_id',
      itemId: 'message_id',
      ordinal: 'uid',
      revision: 'mod_seq',
      contentHash: 'content_hash',
      payload: 'payload',
      payloadBytes: 'size_bytes',
    },
  })
}

export function inTurn(round: number): readonly Table[] {
  return round % 2 === 0 ? TABLES : TABLES.toReversed()
}

/** A fast wrong digest is no measurement. */
export async function assertClean(db: SqlDatabase): Promise<void> {
  const found = await verifyTrack(db, 'messages')
  if (!found.isClean) throw new Error(`digests are wrong: ${JSON.stringify(found)}`)
}

/** Median of the rounds' ratios: both sides of each were measured next to each other. */
export function ratioOf(
  about: Pick<Measured, 'id' | 'what' | 'bound' | 'peer'>,
  rounds: readonly Round[],
  ratio: (round: Round) => number,
): Measured {
  const ratios = rounds.map(ratio)
  const value = median(ratios)
  const spread = { n: ratios.length, min: Math.min(...ratios), max: Math.max(...ratios) }
  return { ...about, value, unit: 'ratio', holds: value <= about.bound, ...spread, rounds }
}
