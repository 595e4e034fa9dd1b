import type { Sql } from '@tidegate/guard/sql'
import { z } from 'zod'
import type { Seal } from '../core/broken-seal.ts'

const TriggerRow = z.object({
  oid: z.string(),
  name: z.string(),
  table: z.string(),
  tableOid: z.string(),
  version: z.string(),
  isInternal: z.boolean(),
  mayPropose: z.boolean(),
})
const EmitterRow = z.object({ oid: z.string(), name: z.string(), version: z.string() })

// A function in SQL's own form (BEGIN ATOMIC) has no source text.
const SOURCE = `(prosrc || coalesce(pg_get_function_sqlbody(pg_proc.oid), ''))`

// A regular expression of PostgreSQL's.
const CALLS_PROPOSE = `\\mtidegate"?\\s*\\.\\s*"?propose\\M`

const CAPTURE = `
  SELECT kind || ' ' || oid || ' ' || xmin AS entry FROM (
    SELECT 'schema' AS kind, oid::text, xmin::text FROM pg_namespace WHERE nspname = 'tidegate'
    UNION ALL SELECT 'function', oid::text, xmin::text FROM pg_proc WHERE pronamespace = $1
    UNION ALL SELECT 'relation', oid::text, xmin::text FROM pg_class WHERE relnamespace = $1
    UNION ALL SELECT 'column', attnum::text, xmin::text FROM pg_attribute WHERE attrelid = $2
    UNION ALL SELECT 'default', oid::text, xmin::text FROM pg_attrdef WHERE adrelid = $2
    UNION ALL SELECT 'constraint', oid::text, xmin::text FROM pg_constraint WHERE conrelid = $2
    UNION ALL SELECT 'rule', oid::text, xmin::text FROM pg_rewrite WHERE ev_class = $2
    UNION ALL SELECT 'policy', oid::text, xmin::text FROM pg_policy WHERE polrelid = $2
    UNION ALL SELECT 'trigger', oid::text, xmin::text FROM pg_trigger WHERE tgrelid = $2
    UNION ALL SELECT 'child', inhrelid::text, xmin::text FROM pg_inherits WHERE $2 IN (inhparent, inhrelid)
  ) AS rows`

const TRIGGERS = `
  SELECT t.oid::text, tgname AS name, tgrelid::regclass::text AS table, tgrelid::text AS "tableOid", t.xmin::text AS version,
    tgisinternal AS "isInternal", ${SOURCE} ~* '${CALLS_PROPOSE}' AS "mayPropose"
  FROM pg_trigger t JOIN pg_proc ON pg_proc.oid = tgfoid WHERE tgname NOT LIKE 'tidegate\\_check\\_%' ORDER BY t.oid`

const EMITTERS = `
  SELECT oid::text, oid::regproc::text AS name, xmin::text AS version FROM pg_proc
  WHERE ${SOURCE} ~* '${CALLS_PROPOSE}' AND pronamespace NOT IN ($1, to_regnamespace('tidegate_check')::oid) ORDER BY oid`

/** Which objects of the outbox are meant, whatever they are called later. */
export interface CaptureIds {
  readonly schemaOid: string
  readonly outboxOid: string
}

export async function readCaptureIds(sql: Sql): Promise<CaptureIds> {
  const rows = await sql.query(
    `SELECT 'tidegate'::regnamespace::oid::text AS "schemaOid", 'tidegate.outbox'::regclass::oid::text AS "outboxOid"`,
  )
  return z.object({ schemaOid: z.string(), outboxOid: z.string() }).parse(rows[0])
}

export async function readSeal(sql: Sql, { schemaOid, outboxOid }: CaptureIds): Promise<Seal> {
  const capture = await sql.query<{ entry: string }>(CAPTURE, [schemaOid, outboxOid])
  const triggers = TriggerRow.array().parse(await sql.query(TRIGGERS))
  const emitters = EmitterRow.array().parse(await sql.query(EMITTERS, [schemaOid]))
  return {
    capture: new Set(capture.map(({ entry }) => entry)),
    triggers: new Map(triggers.map((trigger) => [trigger.oid, trigger])),
    emitters: new Map(emitters.map(({ oid, name, version }) => [oid, { name, version }])),
  }
}

/** @returns the tables that are still there, by oid */
export async function readTableOids(sql: Sql): Promise<ReadonlySet<string>> {
  const rows = await sql.query<{ oid: string }>(`SELECT oid::text FROM pg_class WHERE relkind IN ('r', 'p', 'v')`)
  return new Set(rows.map(({ oid }) => oid))
}

/** @returns tables without a row that have a trigger which may propose: in the dry run it could not */
export async function readSilentTables(sql: Sql): Promise<string[]> {
  const rows = await sql.query<{ name: string; spelt: string }>(
    `SELECT DISTINCT relname AS name, tgrelid::regclass::text AS spelt FROM pg_trigger
     JOIN pg_proc ON pg_proc.oid = tgfoid JOIN pg_class ON pg_class.oid = tgrelid
     WHERE NOT tgisinternal AND relkind IN ('r', 'p') AND pronamespace <> to_regnamespace('tidegate_check')
       AND ${SOURCE} ~* '${CALLS_PROPOSE}' ORDER BY 1`,
  )
  const silent: string[] = []
  for (const { name, spelt } of rows) {
    const [row] = await sql.query<{ has_rows: boolean }>(`SELECT EXISTS (SELECT FROM ${spelt}) AS has_rows`)
    if (row?.has_rows === false) silent.push(name)
  }
  return silent
}
