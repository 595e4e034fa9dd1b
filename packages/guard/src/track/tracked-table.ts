import type { Sql } from '../sql.ts'
import { type IdType, idTypeOf } from './id-type.ts'
import { quoteIdentifier } from './sql-text.ts'
import { type ParsedTrackOptions, TrackError } from './track-options.ts'

/** A table that was looked at and can be tracked. */
export interface TrackedTable {
  /** Quoted, with its schema. */
  readonly name: string
  readonly accountIdType: IdType
  readonly itemIdType: IdType
}

interface Column {
  readonly name: string
  readonly type: string
  readonly isNotNull: boolean
}

/** The wire's last (`Ordinal`). */
const MAX_ORDINAL = Number.MAX_SAFE_INTEGER - 1

const INTEGERS = ['int2', 'int4', 'int8']

/**
 * Looks a table up and holds it against what tracking needs, before anything is installed.
 *
 * @throws TrackError that names the first thing that is missing
 */
export async function examineTable(sql: Sql, options: ParsedTrackOptions): Promise<TrackedTable> {
  const { table, columns } = options
  const fail = (why: string): never => {
    throw new TrackError(`Cannot track ${table}: ${why}`)
  }
  const [found] = await sql.query<{ oid: number; schema: string; name: string; isPlain: boolean; encoding: string }>(
    `select c.oid::int8 as oid, n.nspname as schema, c.relname as name, getdatabaseencoding() as encoding,
       c.relkind = 'r' and not c.relispartition
         and not exists (select from pg_inherits i where c.oid in (i.inhrelid, i.inhparent)) as "isPlain"
     from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = to_regclass($1)`,
    [table],
  )
  if (!found) return fail('there is no such table')
  if (!found.isPlain) fail('it must be an ordinary table, and is a view, a partition, or part of an inheritance tree')
  if (found.encoding !== 'UTF8') fail(`the database must be encoded in UTF8, and is in ${found.encoding}`)

  const known = await columnsOf(sql, found.oid)
  const column = (name: string): Column => known.get(name) ?? fail(`it has no column ${quoteIdentifier(name)}`)
  const required = (name: string): Column => {
    const it = column(name)
    return it.isNotNull ? it : fail(`column ${quoteIdentifier(name)} must be NOT NULL`)
  }
  const idType = (name: string): IdType => {
    const { type } = required(name)
    return idTypeOf(type) ?? fail(`column ${quoteIdentifier(name)} must be text, uuid or an integer, and is ${type}`)
  }
  const accountIdType = idType(columns.accountId)
  const itemIdType = idType(columns.itemId)
  for (const name of [columns.ordinal, columns.revision, columns.payloadBytes]) {
    const { type } = required(name)
    if (!INTEGERS.includes(type)) fail(`column ${quoteIdentifier(name)} must be an integer, and is ${type}`)
  }
  required(columns.contentHash)
  if ('payload' in columns) column(columns.payload)

  const keys = await uniqueKeysOf(sql, found.oid)
  const isUnique = (...names: string[]) => keys.some((key) => key.every((name) => names.includes(name)))
  for (const name of [columns.itemId, columns.ordinal])
    if (!isUnique(columns.accountId, name))
      fail(`a unique index on (${[columns.accountId, name].map(quoteIdentifier).join(', ')}) is required`)

  const name = `${quoteIdentifier(found.schema)}.${quoteIdentifier(found.name)}`
  const ordinal = quoteIdentifier(columns.ordinal)
  const [outside] = await sql.query<{ ordinal: string }>(
    `select ${ordinal}::text as ordinal from ${name} where ${ordinal} not between 0 and ${MAX_ORDINAL} limit 1`,
  )
  if (outside) fail(`column ${ordinal} must be 0 to ${MAX_ORDINAL} (2^53 - 2), and is ${outside.ordinal} in some row`)
  if ('payloadExpression' in columns) await tryExpression(sql, name, columns.payloadExpression, fail)
  return { name, accountIdType, itemIdType }
}

async function columnsOf(sql: Sql, oid: number): Promise<ReadonlyMap<string, Column>> {
  const rows = await sql.query<Column>(
    `select a.attname as name, t.typname as type, a.attnotnull as "isNotNull"
     from pg_attribute a join pg_type t on t.oid = a.atttypid
     where a.attrelid = $1::int8::oid and a.attnum > 0 and not a.attisdropped`,
    [oid],
  )
  return new Map(rows.map((row) => [row.name, row]))
}

/** Column names of each unique index that holds for all rows at every moment. */
async function uniqueKeysOf(sql: Sql, oid: number): Promise<string[][]> {
  const rows = await sql.query<{ names: string[] }>(
    `select array_agg(a.attname::text) as names
     from pg_index i
     cross join lateral unnest(i.indkey::int2[]) with ordinality as key(attnum, place)
     join pg_attribute a on a.attrelid = i.indrelid and a.attnum = key.attnum
     where i.indrelid = $1::int8::oid and i.indisunique and i.indisvalid and i.indimmediate
       and i.indpred is null and i.indexprs is null and key.place <= i.indnkeyatts
     group by i.indexrelid`,
    [oid],
  )
  return rows.map((row) => row.names)
}

async function tryExpression(sql: Sql, name: string, expression: string, fail: (why: string) => never): Promise<void> {
  // In a block of its own: a failed statement would abort the caller's transaction, and hide what was wrong.
  await sql.script('savepoint tidegate_expression')
  try {
    await sql.query(`select to_jsonb(${expression}) from ${name} as item limit 0`)
  } catch (error) {
    await sql.script('rollback to savepoint tidegate_expression')
    fail(`payloadExpression is not SQL over its columns: ${error instanceof Error ? error.message : String(error)}`)
  }
  await sql.script('release savepoint tidegate_expression')
}
