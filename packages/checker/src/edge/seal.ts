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

/**
 * Functions that may propose: those that call `tidegate.propose`, and those that name one of them. A name is looked for
 * anywhere in the source, so some are counted that never call it; none is missed for the way it is called.
 */
const EMITTERS = `
  RECURSIVE source AS MATERIALIZED (
    SELECT oid, proname, xmin, lower(${SOURCE}) AS text FROM pg_proc
    WHERE pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace,
      'tidegate_check'::regnamespace, $1)
  ), emitter AS (
    SELECT oid, proname FROM source WHERE text ~ '${CALLS_PROPOSE}'
    UNION SELECT source.oid, source.proname FROM source JOIN emitter ON strpos(text, lower(emitter.proname)) > 0
  )`

const TRIGGERS = `
  WITH ${EMITTERS}
  SELECT pg_trigger.oid::text, tgname AS name, tgrelid::regclass::text AS table, tgrelid::text AS "tableOid",
    pg_trigger.xmin::text AS version, tgisinternal AS "isInternal", tgfoid IN (SELECT oid FROM emitter) AS "mayPropose"
  FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid WHERE pronamespace <> 'tidegate_check'::regnamespace
  UNION ALL
  SELECT oid::text, rulename, ev_class::regclass::text, ev_class::text, xmin::text, false,
    EXISTS (SELECT FROM emitter WHERE strpos(lower(pg_get_ruledef(pg_rewrite.oid)), lower(proname)) > 0)
      OR lower(pg_get_ruledef(pg_rewrite.oid)) ~ '${CALLS_PROPOSE}'
  FROM pg_rewrite WHERE rulename <> '_RETURN' AND oid >= 16384`

const EMITTING_FUNCTIONS = `
  WITH ${EMITTERS}
  SELECT oid::text, oid::regproc::text AS name, xmin::text AS version FROM source WHERE oid IN (SELECT oid FROM emitter)`

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
  const triggers = TriggerRow.array().parse(await sql.query(TRIGGERS, [schemaOid]))
  const emitters = EmitterRow.array().parse(await sql.query(EMITTING_FUNCTIONS, [schemaOid]))
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
export async function readSilentTables(sql: Sql, { schemaOid }: CaptureIds): Promise<string[]> {
  const rows = await sql.query<{ name: string; spelt: string }>(
    `WITH ${EMITTERS}
     SELECT DISTINCT relname AS name, tgrelid::regclass::text AS spelt FROM pg_trigger
     JOIN pg_class ON pg_class.oid = tgrelid
     WHERE NOT tgisinternal AND relkind IN ('r', 'p') AND tgfoid IN (SELECT oid FROM emitter) ORDER BY 1, 2`,
    [schemaOid],
  )
  const silent: string[] = []
  for (const { name, spelt } of rows) {
    const [row] = await sql.query<{ has_rows: boolean }>(`SELECT EXISTS (SELECT FROM ${spelt}) AS has_rows`)
    if (row?.has_rows === false) silent.push(name)
  }
  return silent
}
