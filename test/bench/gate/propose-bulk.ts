import { installOutbox } from '@tidegate/guard'
import { startPostgres } from '@tidegate/guard/testing'
import { type BenchOptions, type Measured, msOf, speedRatio } from '../bench-result.ts'

const ACCOUNT_COUNT = 1_000_000

/**
 * `propose-bulk`: a million accounts proposed by one statement that a SELECT drives, `accounts => ARRAY(SELECT …)`, as a
 * multiple of the speed of `INSERT … SELECT` of the same ids into a table of their own with the id as its key.
 */
export async function proposeBulk({ rounds = 5 }: BenchOptions): Promise<Measured> {
  await using server = await startPostgres()
  const app = await server.openDatabase()
  await installOutbox(app)
  await app.script(`
    CREATE TABLE account AS SELECT gen_random_uuid()::text AS account_id FROM generate_series(1, ${ACCOUNT_COUNT});
    ANALYZE account`)
  const measured: { oursMs: number; peerMs: number }[] = []
  for (let round = -1; round < rounds; round++) {
    await app.script(`
      TRUNCATE tidegate.outbox; DROP TABLE IF EXISTS bare; CREATE TABLE bare (account_id text PRIMARY KEY); CHECKPOINT`)
    const ours = () =>
      app.script(`SELECT tidegate.propose(cause => 'labels-2023-07', accounts => ARRAY(SELECT account_id FROM account),
        collections => ARRAY['messages'], reason => 'labels were renumbered', expires_in => '7 days')`)
    const peer = () => app.script('INSERT INTO bare SELECT account_id FROM account')
    const isOursFirst = round % 2 === 0
    const firstMs = await msOf(isOursFirst ? ours : peer)
    await app.script('CHECKPOINT')
    const secondMs = await msOf(isOursFirst ? peer : ours)
    const each = isOursFirst ? { oursMs: firstMs, peerMs: secondMs } : { oursMs: secondMs, peerMs: firstMs }
    if (round >= 0) measured.push(each)
  }
  await app.close()
  return speedRatio(
    {
      id: 'propose-bulk',
      what: 'a million accounts into the outbox, one statement',
      bound: 0.5,
      peer: 'INSERT … SELECT of the same ids into a table with them as primary key',
    },
    measured,
  )
}
