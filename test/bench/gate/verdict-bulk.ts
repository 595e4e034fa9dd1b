import { randomUUID } from 'node:crypto'
import { installOutbox, openLedger } from '@tidegate/guard'
import type { SqlDatabase } from '@tidegate/guard/sql'
import { startPostgres } from '@tidegate/guard/testing'
import { Actor, Cause, ResourceId } from '@tidegate/protocol'
import { type BenchOptions, type Measured, msOf, speedRatio } from '../bench-result.ts'

const ACCOUNT_COUNT = 1_000_000
/** Of the accounts, every tenth has a client that the registry knows. */
const KNOWN_SHARE = 10

/**
 * `verdict-bulk`: from a committed proposal of a million accounts to its verdict, intake and all, in the ledger's own
 * database, as a multiple of the speed of `INSERT … ON CONFLICT DO NOTHING` of the same ids into a table with the key a
 * row per account would have.
 */
export async function verdictBulk({ rounds = 3 }: BenchOptions): Promise<Measured> {
  await using server = await startPostgres()
  const measured: { oursMs: number; peerMs: number }[] = []
  for (let round = -1; round < rounds; round++) {
    const database = await server.openDatabase()
    const judge = await prepare(database)
    const ours = () => judge()
    const peer = () => database.script('INSERT INTO bare SELECT 1, account_id FROM account ON CONFLICT DO NOTHING')
    const isOursFirst = round % 2 === 0
    const firstMs = await msOf(isOursFirst ? ours : peer)
    await database.script('CHECKPOINT')
    const secondMs = await msOf(isOursFirst ? peer : ours)
    const each = isOursFirst ? { oursMs: firstMs, peerMs: secondMs } : { oursMs: secondMs, peerMs: firstMs }
    if (round >= 0) measured.push(each)
    await database.close()
  }
  return speedRatio(
    {
      id: 'verdict-bulk',
      what: 'a million accounts from the outbox to their verdict',
      bound: 0.5,
      peer: 'INSERT … ON CONFLICT DO NOTHING of the same ids into a table with the same key',
    },
    measured,
  )
}

async function prepare(database: SqlDatabase): Promise<() => Promise<void>> {
  await installOutbox(database)
  const shards = ['shard-0', 'shard-1', 'shard-2', 'shard-3'].map((name) => ResourceId.parse(name))
  const ledger = await openLedger({
    database,
    newId: randomUUID,
    outboxes: [{ name: 'app', database }],
    resources: {
      resources: shards.map((resourceId) => ({ resourceId, capacityBytesPerSecond: 100_000_000 })),
      resourceOf: (accountId) => shards[accountId.charCodeAt(0) & 3] ?? shards[0] ?? ResourceId.parse('shard-0'),
    },
  })
  const nowMs = Date.now()
  const cause = { causeId: 'labels-2023-07', kind: 'migration', title: 'Renumber labels', owner: 'mail-team' }
  await ledger.registerCause(Cause.parse(cause), Actor.parse('olga'), nowMs)
  await database.script(`
    CREATE TABLE account AS SELECT gen_random_uuid()::text AS account_id FROM generate_series(1, ${ACCOUNT_COUNT});
    CREATE TABLE bare (signal_no bigint, account_id text, PRIMARY KEY (signal_no, account_id));
    INSERT INTO tidegate_ledger.client (account_id, client_id, client_class, app_version, resource_id, cached_bytes, seen_at_ms)
      SELECT account_id, 'c', 'web', '5.0.1', 'shard-0', 4800000, ${nowMs} FROM account LIMIT ${ACCOUNT_COUNT / KNOWN_SHARE};
    SELECT tidegate.propose(cause => 'labels-2023-07', accounts => ARRAY(SELECT account_id FROM account),
      collections => ARRAY['messages'], reason => 'labels were renumbered', expires_in => '7 days');
    ANALYZE; CHECKPOINT`)
  return async () => {
    const { judgedSignalCount } = await ledger.judge(nowMs)
    if (judgedSignalCount !== 1)
      throw new Error(`Cannot measure: ${judgedSignalCount} signals were judged instead of 1`)
  }
}
