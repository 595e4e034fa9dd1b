import type { Sql } from '../sql.ts'

/** @returns what the database's machine takes the time for, in milliseconds since 1970 */
export async function readClock(sql: Sql): Promise<number> {
  const [told] = await sql.query<{ now_ms: number }>(
    'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now_ms',
  )
  if (!told) throw new Error("Cannot read the ledger's clock")
  return told.now_ms
}
