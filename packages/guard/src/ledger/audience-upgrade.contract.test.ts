import { Actor } from '@tidegate/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isReleasedTo } from '../core/in-force.ts'
import { LargeAudience } from '../core/large-audience.ts'
import type { SqlDatabase } from '../sql.ts'
import { aCause, accountNames, aLedger, aProposal, NOW_MS } from '../testing/a-ledger.ts'
import { onEveryDatabase } from '../testing/on-every-database.ts'
import { AUDIENCE_PAGES } from './schema/06-audience-pages.ts'
import { SCHEMA_STEPS } from './schema.ts'

const ADA = Actor.parse('ada')
const FEW = accountNames(300)
const MANY = accountNames(3000)

onEveryDatabase({ describe, beforeAll, afterAll }, 'Upgrade of audiences', 'empty', upgradeContract)

function upgradeContract(openDatabase: () => Promise<SqlDatabase>) {
  test('a ledger whose audiences are a row per account keeps every one of them, and knows its proposals by their keys', async () => {
    const database = await openDatabase()
    await writeOldLedger(database)
    const ledger = await aLedger(database)
    expect(
      await database.query(
        'SELECT signal_no, is_paged, named_audience_count FROM tidegate_ledger.signal ORDER BY signal_no',
      ),
    ).toEqual([
      { signal_no: 1, is_paged: false, named_audience_count: 300 },
      { signal_no: 2, is_paged: true, named_audience_count: 3000 },
      { signal_no: 3, is_paged: false, named_audience_count: null },
    ])
    const audiences = await database.query<{ ids: string[] }>(
      `SELECT array_agg(account_id ORDER BY account_id) AS ids FROM tidegate_ledger.signal_account GROUP BY signal_no ORDER BY signal_no`,
    )
    expect(audiences.map(({ ids }) => ids)).toEqual([FEW, MANY])

    const signals = (await ledger.snapshot(null))?.signals ?? []
    expect(signals.map(({ audienceAccounts }) => audienceAccounts instanceof LargeAudience)).toEqual([
      false,
      true,
      false,
    ])
    for (const [at, accountIds] of [FEW, MANY].entries()) {
      const record = signals[at] ?? expect.fail(`signal ${at} is not live`)
      expect(accountNames(4000).filter((accountId) => isReleasedTo(record, accountId))).toEqual(accountIds)
    }

    await ledger.registerCause(aCause(), ADA, NOW_MS)
    const again = await ledger.propose(aProposal({ idempotencyKey: 'key-2', accountIds: MANY }), ADA, NOW_MS)
    expect(again).toMatchObject({ signalId: 'signal-2', isNew: false })
    const next = await ledger.propose(aProposal({ accountIds: MANY }), ADA, NOW_MS)
    expect(next.isNew).toBe(true)
    await database.close()
  })
}

/** As the steps before left it: three approved signals, for few, for many and for everyone. */
async function writeOldLedger(database: SqlDatabase): Promise<void> {
  await database.script(`
    CREATE SCHEMA tidegate_ledger;
    CREATE TABLE tidegate_ledger.schema_step (version integer PRIMARY KEY)`)
  for (const [at, step] of SCHEMA_STEPS.slice(0, SCHEMA_STEPS.indexOf(AUDIENCE_PAGES)).entries()) {
    await database.script(step)
    await database.query('INSERT INTO tidegate_ledger.schema_step VALUES ($1)', [at + 1])
  }
  await database.script(`
    INSERT INTO tidegate_ledger.cause (cause_id, is_registered, kind, title, owner, credit_account_count, credit_bytes_per_resource)
    VALUES ('labels-2023-07', false, 'build', 'labels', 'ada', 0, 0)`)
  const plan = {
    verifyWindowMs: 0,
    windowMs: 0,
    stages: [{ share: 1, bakeMs: 0, gate: { minReportCount: 1, maxFailureRatio: 0 } }],
  }
  for (const [at, accountIds] of [FEW, MANY, null].entries()) {
    await database.query(
      `INSERT INTO tidegate_ledger.signal (signal_id, idempotency_key, contents_sha256, cause_id, action, scope, is_everyone, filter,
         proposal_count, proposed_by, proposed_at_ms, state, verdict, judged_at_ms, expires_at_ms, audience_account_count, predicted,
         approved_at_ms, approved_by, approved_because, release_plan, stage_index, stage_starts_at_ms)
       VALUES ($1, $2, 'of another form', 'labels-2023-07', 'verify', '{"kind": "account"}', $3, '{}', 1, 'ada', $4, 'released',
         '{"kind": "hold", "findings": [], "canaryAccountCount": 0, "heldAccountCount": 0}', $4, $5, 0, '[]', $4, 'ada', 'fine', $6::text::jsonb, 0, '[0]')`,
      [`signal-${at + 1}`, `key-${at + 1}`, accountIds === null, NOW_MS, NOW_MS * 2, JSON.stringify(plan)],
    )
    if (accountIds) {
      await database.query('INSERT INTO tidegate_ledger.signal_account SELECT $1::bigint, unnest($2::text[])', [
        at + 1,
        accountIds,
      ])
    }
  }
}
