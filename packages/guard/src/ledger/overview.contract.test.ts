import { Actor, type CauseId, type CauseStatus, type SignalId } from '@tidegate/protocol'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Ledger } from '../core/ledger.ts'
import type { SqlDatabase } from '../sql.ts'
import {
  aCause,
  accountNames,
  aLedger,
  aPlan,
  aProposal,
  DAY_MS,
  MINUTE_MS,
  NOW_MS,
  sightingsOf,
} from '../testing/a-ledger.ts'
import { onEveryDatabase } from '../testing/on-every-database.ts'

const ADA = Actor.parse('ada')
const CACHED_BYTES = 1_000_000

onEveryDatabase({ describe, beforeAll, afterAll }, 'Overview contract', 'ledger-tables', overviewContract)

function overviewContract(openDatabase: () => Promise<SqlDatabase>) {
  let database: SqlDatabase
  let ledger: Ledger
  beforeEach(async () => {
    database = await openDatabase()
    ledger = await aLedger(database)
    await ledger.recordSightings(sightingsOf(accountNames(30), CACHED_BYTES), NOW_MS)
    await ledger.registerCause(aCause(), ADA, NOW_MS)
  })
  afterEach(() => database.close())

  const target = { kind: 'cause', causeId: 'labels-2023-07' as CauseId } as const // named by the test
  async function judgedOne(accountIds: readonly string[], causeId = 'labels-2023-07'): Promise<SignalId> {
    const { signalId } = await ledger.propose(aProposal({ accountIds, causeId }), ADA, NOW_MS)
    await ledger.judge(NOW_MS)
    return signalId
  }
  /** More held signals of a cause than an answer lists, copied from a judged one: to judge each would take long. */
  async function copies(signalId: string, count: number): Promise<void> {
    await database.query(
      `INSERT INTO tidegate_ledger.signal (signal_id, idempotency_key, contents_sha256, cause_id, action, scope, is_everyone, filter,
         reason, expires_in_ms, proposal_count, proposed_by, proposed_at_ms, state, verdict, judged_at_ms, expires_at_ms,
         audience_account_count, predicted)
       SELECT signal_id || ' ' || copy, idempotency_key || ' ' || copy, contents_sha256, cause_id, action, scope, is_everyone, filter,
         reason, expires_in_ms, proposal_count, proposed_by, proposed_at_ms, 'held', verdict, judged_at_ms, expires_at_ms,
         audience_account_count, predicted
       FROM tidegate_ledger.signal, generate_series(1, $2::int) AS copy WHERE signal_id = $1`,
      [signalId, count],
    )
  }
  async function causeOf(causeId = 'labels-2023-07', nowMs = NOW_MS): Promise<CauseStatus> {
    const { causes } = await ledger.overview(nowMs)
    const found = causes.find(({ cause }) => cause.causeId === causeId)
    if (!found) throw new Error(`no status of ${causeId}`)
    return found
  }
  const totalsOf = ({ totals }: CauseStatus) =>
    Object.fromEntries(
      totals.map((each) => [
        each.state,
        { ...each, predicted: undefined, state: undefined, firstProposedAtMs: undefined },
      ]),
    )

  test('of more signals than an answer lists, those in force come first, and the totals leave none out', async () => {
    const revoked = await judgedOne(accountNames(1))
    await ledger.revoke({ target: { kind: 'signal', signalId: revoked }, reason: 'no' }, ADA, NOW_MS)
    // 19 of 20 are spent once this is out, so of the next one account is a canary and one waits.
    const released = await judgedOne(accountNames(18, 1))
    const partly = await judgedOne(accountNames(2, 19))
    const held = await judgedOne(accountNames(1, 21))
    await copies(held, 1200)

    const cause = await causeOf()
    expect(cause.signals).toHaveLength(1000)
    expect(cause.signals.slice(0, 3).map(({ signalId }) => signalId)).toEqual([
      partly,
      released,
      expect.stringContaining(`${held} `),
    ])
    expect(cause.signals.slice(0, 3).map(({ inForceAccountCount }) => inForceAccountCount)).toEqual([1, 18, 0])
    expect(totalsOf(cause)).toEqual({
      held: { signalCount: 1202, audienceAccountCount: 1203, inForceAccountCount: 1 },
      released: { signalCount: 1, audienceAccountCount: 18, inForceAccountCount: 18 },
      revoked: { signalCount: 1, audienceAccountCount: 1, inForceAccountCount: 0 },
    })
    const heldTotals = cause.totals.find(({ state }) => state === 'held')
    expect(heldTotals?.predicted.find(({ resourceId }) => resourceId === 'shard-1')).toEqual({
      resourceId: 'shard-1',
      accountCount: 1201,
      payloadBytes: 1201 * CACHED_BYTES,
    })
  })

  test('a cause with thousands of signals pushes no other cause out of the list', async () => {
    await ledger.registerCause(aCause('bodies'), ADA, NOW_MS)
    const other = await judgedOne(accountNames(3), 'bodies')
    await judgedOne(accountNames(20, 3))
    await copies(await judgedOne(accountNames(1, 25)), 1200)
    expect((await causeOf('bodies')).signals.map(({ signalId }) => signalId)).toEqual([other])
    expect((await causeOf()).signals).toHaveLength(999)
  })

  test('totals count approved accounts by the stage that is out, and nobody once a signal has expired', async () => {
    await judgedOne(accountNames(30))
    await ledger.approve({ target, plan: aPlan({ shares: [0.5, 1] }), reason: 'fine' }, ADA, NOW_MS)
    const [signal] = (await causeOf()).signals
    expect(signal?.inForceAccountCount).toBeGreaterThanOrEqual(20)
    expect(totalsOf(await causeOf())).toEqual({
      released: { signalCount: 1, audienceAccountCount: 30, inForceAccountCount: signal?.inForceAccountCount },
    })
    const after = totalsOf(await causeOf('labels-2023-07', NOW_MS + 7 * DAY_MS + MINUTE_MS))
    expect(after).toMatchObject({ released: { inForceAccountCount: 0 } })
  })
}
