import { DIGEST_ALGORITHM, type DigestScheme } from '@tidegate/protocol'
import { z } from 'zod'
import type { Sql } from '../sql.ts'
import { ID_TYPES, type IdType } from './id-type.ts'
import { quoteIdentifier } from './sql-text.ts'

const idType = z.enum(Object.keys(ID_TYPES) as [IdType, ...IdType[]]) // keys of a table that is never empty

/** What `tidegate.track.definition` holds. */
export const TrackDefinition = z.object({
  accountIdType: idType,
  itemIdType: idType,
  ordinalsPerBucket: z.int().min(1),
  columns: z.object({
    accountId: z.string(),
    itemId: z.string(),
    ordinal: z.string(),
    revision: z.string(),
    contentHash: z.string(),
    payloadBytes: z.string(),
    payload: z.string().optional(),
    payloadExpression: z.string().optional(),
  }),
})
export type TrackDefinition = z.infer<typeof TrackDefinition>

const Row = z.object({
  trackId: z.int(),
  collection: z.string(),
  tableName: z.string(),
  definition: TrackDefinition,
  saltId: z.string(),
  salt: z.string(),
  startSeq: z.int(),
})

/** A collection that is tracked, as it was installed. */
export interface TrackedCollection {
  readonly trackId: number
  readonly collection: string
  /** Quoted, with its schema. */
  readonly tableName: string
  readonly definition: TrackDefinition
  readonly scheme: DigestScheme
  /** Where sequences begin: 0, or where the last tracking of the same collection ended. */
  readonly startSeq: number
}

/** @returns every tracked collection; none where tracking was never installed */
export async function trackedCollections(sql: Sql): Promise<TrackedCollection[]> {
  const [installed] = await sql.query(`select from pg_class where oid = to_regclass('tidegate.track')`)
  if (!installed) return []
  const rows = await sql.query(
    `select track_id as "trackId", collection, table_name as "tableName", definition,
       salt_id as "saltId", salt, start_seq as "startSeq"
     from tidegate.track order by collection`,
  )
  return z
    .array(Row)
    .parse(rows)
    .map(({ saltId, salt, ...row }) => ({
      ...row,
      scheme: { algorithm: DIGEST_ALGORITHM, saltId, salt },
    }))
}

/** The columns of a row called `alias`, as SQL in the types that tracking works in. */
export function columnsOfRow(definition: TrackDefinition, alias: string) {
  const { columns } = definition
  const column = (name: string) => `${alias}.${quoteIdentifier(name)}`
  return {
    /** As they stand in the table, so that its indexes serve. */
    accountKey: column(columns.accountId),
    itemKey: column(columns.itemId),
    ordinalKey: column(columns.ordinal),
    accountId: `${column(columns.accountId)}::text`,
    itemId: `${column(columns.itemId)}::text`,
    ordinal: `${column(columns.ordinal)}::int8`,
    revision: `${column(columns.revision)}::int8`,
    contentHash: `${column(columns.contentHash)}::text`,
    payloadBytes: `${column(columns.payloadBytes)}::int8`,
  }
}

/** The payload of a row called `item`, as jsonb. */
export function payloadOfItem({ columns }: TrackDefinition): string {
  return `to_jsonb(${columns.payload === undefined ? columns.payloadExpression : `item.${quoteIdentifier(columns.payload)}`})`
}
