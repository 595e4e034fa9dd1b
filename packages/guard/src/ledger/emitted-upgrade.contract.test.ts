import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SqlDatabase } from '../sql.ts'
import { accountNames, aLedger } from '../testing/a-ledger.ts'
import { onEveryDatabase } from '../testing/on-every-database.ts'
import { EMITTED } from './schema/05-emitted.ts'
import { SCHEMA_STEPS } from './schema.ts'

const VERDICT = `'{ "kind": "hold", "findings": [], "canaryAccountCount": 0, "heldAccountCount": 0 }'`

onEveryDatabase({ describe, beforeAll, afterAll }, 'Upgrade of what causes emitted', 'empty', upgradeContract)

function upgradeContract(openDatabase: () => Promise<SqlDatabase>) {
  test('a ledger from before the counts is counted once, small and large signals, without the waiting and the malformed', async () => {
    const database = await openDatabase()
    await writeOldLedger(database)
    await aLedger(database)
    expect(await database.query('SELECT * FROM tidegate_ledger.cause_emitted ORDER BY cause_id')).toEqual([
      {
        cause_id: 'labels',
        proposal_count: 4,
        named_account_count: 1506,
        everyone_account_count: 7,
        whole_account_signal_count: 1,
        collections: ['bodies', 'messages'],
      },
    ])
    expect(
      await database.query(
        'SELECT count(*) AS accounts, min(named_at_ms) AS first, max(named_at_ms) AS last FROM tidegate_ledger.cause_account',
      ),
    ).toEqual([{ accounts: 6, first: 100, last: 200 }])
    expect(await database.query('SELECT * FROM tidegate_ledger.cause_large_signal')).toEqual([
      { cause_id: 'labels', signal_no: 3, account_count: 1500, named_at_ms: 300 },
    ])
    expect(await database.query('SELECT * FROM tidegate_ledger.cause_resource ORDER BY resource_id')).toEqual([
      { cause_id: 'labels', resource_id: 'shard-0', predicted_bytes: 30 },
      { cause_id: 'labels', resource_id: 'shard-1', predicted_bytes: 5 },
    ])
    await database.close()
  })
}

/** As the steps before left it: two small signals that overlap, a large one, one for everyone, one that waits, one that is none. */
async function writeOldLedger(database: SqlDatabase): Promise<void> {
  await database.script(`
    CREATE SCHEMA tidegate_ledger;
    CREATE TABLE tidegate_ledger.schema_step (version integer PRIMARY KEY)`)
  for (const [at, step] of SCHEMA_STEPS.slice(0, SCHEMA_STEPS.indexOf(EMITTED)).entries()) {
    await database.script(step)
    await database.query('INSERT INTO tidegate_ledger.schema_step VALUES ($1)', [at + 1])
  }
  await database.script(
    `INSERT INTO tidegate_ledger.cause VALUES ('labels', true, 'migration', 'Labels', 'ada', NULL, 20, 1000)`,
  )
  const messages = `{"kind":"collections","collections":[{"collection":"messages"}]}`
  const bodies = `{"kind":"collections","collections":[{"collection":"bodies"},{"collection":"messages"}]}`
  await addSignal(database, { scope: messages, atMs: 100, accountIds: accountNames(4), bytes: { 'shard-0': 10 } })
  await addSignal(database, { scope: bodies, atMs: 200, accountIds: accountNames(4, 2), bytes: { 'shard-0': 20 } })
  await addSignal(database, { scope: messages, atMs: 300, accountIds: accountNames(1500, 6), bytes: { 'shard-1': 5 } })
  await addSignal(database, { scope: '{"kind":"account"}', atMs: 400, accountIds: null, bytes: {} })
  await addSignal(database, { scope: messages, atMs: null, accountIds: accountNames(9, 5000), bytes: {} })
  await addSignal(database, { scope: '{"kind":"account"}', atMs: 500, accountIds: [], bytes: {}, malformed: 'no' })
}

async function addSignal(
  database: SqlDatabase,
  signal: {
    readonly scope: string
    /** Null for one that waits. */
    readonly atMs: number | null
    readonly accountIds: readonly string[] | null
    readonly bytes: Readonly<Record<string, number>>
    readonly malformed?: string
  },
): Promise<void> {
  const { scope, atMs, accountIds, bytes, malformed = null } = signal
  const [row] = await database.query<{ signal_no: number }>(
    `INSERT INTO tidegate_ledger.signal (signal_id, idempotency_key, contents_sha256, cause_id, action, scope, is_everyone, filter,
       proposal_count, malformed_because, proposed_by, proposed_at_ms, state, verdict, judged_at_ms, expires_at_ms, audience_account_count, predicted)
     VALUES (gen_random_uuid()::text, gen_random_uuid()::text, '', 'labels', 'verify', $1::text::jsonb, $2, '{}', 1, $3, 'ada', 1,
       CASE WHEN $4::bigint IS NULL THEN 'waiting' ELSE 'held' END, CASE WHEN $4::bigint IS NOT NULL THEN ${VERDICT}::jsonb END,
       $4::bigint, 9000, $5, $6::text::jsonb) RETURNING signal_no`,
    [
      scope,
      accountIds === null,
      malformed,
      atMs,
      accountIds?.length ?? 7,
      JSON.stringify(
        Object.entries(bytes).map(([resourceId, payloadBytes]) => ({ resourceId, accountCount: 1, payloadBytes })),
      ),
    ],
  )
  await database.query(
    'INSERT INTO tidegate_ledger.signal_account SELECT $1::bigint, jsonb_array_elements_text($2::text::jsonb)',
    [row?.signal_no, JSON.stringify(accountIds ?? [])],
  )
}
