import { Actor, type Audit, type SignalId } from '@tidegate/protocol'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Ledger } from '../core/ledger.ts'
import { EVENT_EVIDENCE, evidenceOf, type LedgerEventKind } from '../core/ledger-event.ts'
import type { SqlDatabase } from '../sql.ts'
import { aCause, accountNames, aLedger, aPlan, aProposal, DAY_MS, MINUTE_MS, NOW_MS } from '../testing/a-ledger.ts'
import { EVENT_VECTORS } from '../testing/event-vectors.ts'
import { onEveryDatabase } from '../testing/on-every-database.ts'
import { BrokenChain } from './check-at-start.ts'
import { FIRST } from './schema/01-first.ts'
import { VERDICT_INDEXES } from './schema/02-verdict-indexes.ts'

const ADA = Actor.parse('ada')

onEveryDatabase({ describe, beforeAll, afterAll }, 'Event chain', 'ledger-tables', eventChainContract)

function eventChainContract(openDatabase: (start?: 'empty') => Promise<SqlDatabase>) {
  let database: SqlDatabase
  beforeEach(async () => {
    database = await openDatabase()
  })
  afterEach(() => database.close())

  async function judged(ledger: Ledger, causeId: string, accountCount = 3, nowMs = NOW_MS): Promise<SignalId> {
    const { signalId } = await ledger.propose(
      aProposal({ causeId, accountIds: accountNames(accountCount) }),
      ADA,
      nowMs,
    )
    await ledger.judge(nowMs)
    return signalId
  }

  /** Five events: two causes, two verdicts, a revoke. */
  async function aHistory(nowMs = NOW_MS): Promise<Ledger> {
    const ledger = await aLedger(database)
    for (const causeId of ['cause-1', 'cause-2']) await ledger.registerCause(aCause(causeId), ADA, nowMs)
    await judged(ledger, 'cause-1', 3, nowMs)
    const signalId = await judged(ledger, 'cause-2', 3, nowMs)
    await ledger.revoke({ target: { kind: 'signal', signalId }, reason: 'a bug' }, ADA, nowMs)
    return ledger
  }

  /** As somebody with all rights on the database can. */
  async function tamper(text: string): Promise<void> {
    await database.script(
      `ALTER TABLE tidegate_ledger.event DISABLE TRIGGER USER; ${text}; ALTER TABLE tidegate_ledger.event ENABLE TRIGGER USER;`,
    )
  }

  test('SQL comes to the same hashes as TypeScript', async () => {
    await aLedger(database)
    for (const { event, previousSha256, eventSha256 } of EVENT_VECTORS) {
      const { eventNo, revision, atMs, actor, kind, causeId, signalId, reason, evidenceText } = event
      const rows = await database.query(
        'SELECT tidegate_ledger.event_sha256($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::text::json) AS hash',
        [previousSha256, eventNo, revision, atMs, actor, kind, causeId, signalId, reason, evidenceText],
      )
      expect(rows).toEqual([{ hash: eventSha256 }])
    }
  })

  test('G7: events from before the chain are chained in their order, and the chain goes on behind them', async () => {
    await database.close()
    database = await openDatabase('empty')
    await database.script(
      `CREATE SCHEMA tidegate_ledger; CREATE TABLE tidegate_ledger.schema_step (version integer PRIMARY KEY); ${FIRST} ${VERDICT_INDEXES}
       INSERT INTO tidegate_ledger.schema_step VALUES (1), (2);
       INSERT INTO tidegate_ledger.ledger (epoch, revision) VALUES ('epoch-1', 3);`,
    )
    for (const reason of ['first', null, 'third, é']) {
      // A number is lost with every transaction that was rolled back.
      await database.query(`SELECT nextval('tidegate_ledger.event_event_no_seq')`)
      await database.query(
        `INSERT INTO tidegate_ledger.event (revision, at_ms, actor, kind, reason, evidence) VALUES (1, 2, 'ada', 'modes-set', $1, $2::text::jsonb)`,
        [reason, JSON.stringify({ before: { one: 1.5 }, after: [null, 'é'] })],
      )
    }
    const ledger = await aLedger(database)
    expect(await ledger.audit({})).toMatchObject({ isIntact: true, eventCount: 3, head: { eventNo: 3 } })
    await ledger.registerCause(aCause(), ADA, NOW_MS)
    expect(await ledger.audit({})).toMatchObject({ isIntact: true, eventCount: 4, head: { eventNo: 4 } })
    const rows = await database.query('SELECT event_no, reason FROM tidegate_ledger.event ORDER BY event_no')
    expect(rows).toEqual([
      { event_no: 1, reason: 'first' },
      { event_no: 2, reason: null },
      { event_no: 3, reason: 'third, é' },
      { event_no: 4, reason: null },
    ])
  })

  test('G7: every decision is an event with actor, reason and evidence of its kind, and the chain holds them all', async () => {
    const ledger = await aLedger(database)
    const target = (signalId: SignalId) => ({ kind: 'signal', signalId }) as const
    for (let at = 1; at <= 5; at++) await ledger.registerCause(aCause(`cause-${at}`), ADA, NOW_MS)
    const [approved, rejected, revoked] = [
      await judged(ledger, 'cause-1', 60),
      await judged(ledger, 'cause-2', 60),
      await judged(ledger, 'cause-3', 3),
    ]
    const replaced = await judged(ledger, 'cause-4', 3)
    await ledger.extend({ target: target(revoked), expiresInMs: 8 * DAY_MS, reason: 'away' }, ADA, NOW_MS)
    await ledger.approve({ target: target(approved), plan: aPlan(), reason: 'go' }, ADA, NOW_MS)
    await ledger.tick(() => NOW_MS + 11 * MINUTE_MS)
    await ledger.advance({ target: target(approved), reason: 'go on' }, ADA, NOW_MS + 12 * MINUTE_MS)
    await ledger.reject({ target: target(rejected), reason: 'too many' }, ADA, NOW_MS)
    await ledger.revoke({ target: target(revoked), reason: 'a bug' }, ADA, NOW_MS)
    const successor = { target: target(await judged(ledger, 'cause-5', 3)), supersedes: target(replaced) }
    await ledger.approve({ ...successor, plan: aPlan(), reason: 'mended' }, ADA, NOW_MS)
    await ledger.setModes({ guardMode: 'observe', reason: 'looking' }, ADA, NOW_MS)
    await ledger.tick(() => NOW_MS + 8 * DAY_MS)

    const events = await database.query<{ kind: string; actor: string; reason: string | null; evidence: unknown }>(
      'SELECT kind, actor, reason, evidence FROM tidegate_ledger.event ORDER BY event_no',
    )
    const counts: Record<string, number> = {}
    for (const { kind } of events) counts[kind] = (counts[kind] ?? 0) + 1
    expect(counts).toEqual({
      'cause-registered': 5,
      'signal-judged': 5,
      'signal-extended': 1,
      'signal-approved': 2,
      'signal-superseded': 1,
      'release-paused': 1,
      'signal-advanced': 1,
      'signal-rejected': 1,
      'signal-revoked': 1,
      'modes-set': 1,
      'signal-expired': 2,
    })
    for (const event of events) {
      expect({ ...event, isRead: isKind(event.kind) && evidenceOf(event.kind, event) !== null }).toMatchObject({
        isRead: true,
      })
      if (event.actor === 'ada' && event.kind !== 'cause-registered') expect(event.reason).toMatch(/\w/)
    }
    expect(await ledger.audit({})).toMatchObject({ isIntact: true, eventCount: events.length, breaks: [] })
  })

  const tamperings: [string, string, Partial<Audit['breaks'][number]>][] = [
    ['deleted', 'DELETE FROM tidegate_ledger.event WHERE event_no = 2', { kind: 'missing', eventNo: 2 }],
    [
      'changed',
      `UPDATE tidegate_ledger.event SET reason = 'no bug' WHERE event_no = 5`,
      { kind: 'changed', eventNo: 5 },
    ],
    [
      'changed in its evidence',
      `UPDATE tidegate_ledger.event SET evidence = replace(evidence::text, '"accountCount":3', '"accountCount":0')::json WHERE event_no = 5`,
      { kind: 'changed', eventNo: 5 },
    ],
    [
      'reordered',
      `UPDATE tidegate_ledger.event SET event_no = -1 WHERE event_no = 2; UPDATE tidegate_ledger.event SET event_no = 2 WHERE event_no = 3;
       UPDATE tidegate_ledger.event SET event_no = 3 WHERE event_no = -1`,
      { kind: 'unlinked', eventNo: 2 },
    ],
    [
      'inserted',
      `INSERT INTO tidegate_ledger.event SELECT event_no + 1, revision, at_ms, 'nobody', kind, cause_id, signal_id, reason, evidence,
         event_sha256, repeat('0', 64) FROM tidegate_ledger.event WHERE event_no = 5`,
      { kind: 'after-head', eventNo: 6 },
    ],
    ['cut off at the end', 'DELETE FROM tidegate_ledger.event WHERE event_no > 3', { kind: 'missing', eventNo: 4 }],
    [
      'removed as if pruned',
      'UPDATE tidegate_ledger.ledger SET pruned_event_no = 2; DELETE FROM tidegate_ledger.event WHERE event_no <= 2',
      { kind: 'missing', eventNo: 1 },
    ],
  ]
  test.each(tamperings)('G7: what was %s is found by an audit and by the next start', async (_what, sql, found) => {
    const ledger = await aHistory()
    await tamper(sql)
    const { isIntact, breaks } = await ledger.audit({})
    expect(isIntact).toBe(false)
    expect(breaks[0]).toMatchObject({ ...found, accepted: null })
    await expect(aLedger(database)).rejects.toThrow(BrokenChain)
    await expect(aLedger(database)).rejects.toThrow(breaks[0]?.message)
  })

  test.each(tamperings)('a chain that was %s can be accepted with a reason, once', async (_what, sql) => {
    await aHistory()
    await tamper(sql)
    const ledger = await aLedger(database, {
      acceptBrokenChain: { by: ADA, reason: 'restored by hand', nowMs: NOW_MS },
    })
    const { isIntact, breakCount, breaks } = await ledger.audit({})
    expect({ isIntact, isTold: breakCount > 0 }).toEqual({ isIntact: true, isTold: true })
    for (const { accepted } of breaks) expect(accepted).toEqual({ by: 'ada', because: 'restored by hand' })

    const after = await aLedger(database)
    await after.setModes({ guardMode: 'observe', reason: 'looking' }, ADA, NOW_MS)
    expect(await after.audit({})).toMatchObject({ isIntact: true, breakCount })
    await tamper(`UPDATE tidegate_ledger.event SET actor = 'nobody' WHERE kind = 'modes-set'`)
    await expect(aLedger(database)).rejects.toThrow(BrokenChain)
  })

  test('G7: a history that was shortened together with its head is found by the head of an earlier audit', async () => {
    const ledger = await aHistory()
    const { head } = await ledger.audit({})
    await tamper(
      `DELETE FROM tidegate_ledger.event WHERE event_no > 3; UPDATE tidegate_ledger.ledger SET (head_event_no, head_sha256) =
         (SELECT event_no, event_sha256 FROM tidegate_ledger.event WHERE event_no = 3)`,
    )
    expect(await ledger.audit({})).toMatchObject({ isIntact: true })
    expect(await ledger.audit({ expectHead: head })).toMatchObject({
      isIntact: false,
      expectedHead: 'different',
      breaks: [{ kind: 'unexpected-head', eventNo: 5 }],
    })
  })

  test('events are changed by nobody, and deleted only as far as a prune went', async () => {
    await aHistory()
    const refused = ['DELETE FROM tidegate_ledger.event', 'TRUNCATE tidegate_ledger.event']
    for (const text of [...refused, `UPDATE tidegate_ledger.event SET reason = ''`]) {
      await expect(database.query(text)).rejects.toThrow('append-only')
    }
  })

  test('G7: a prune removes what is old and done, says what it was, and the chain holds', async () => {
    const ledger = await aHistory()
    const before = await ledger.audit({})
    const laterMs = NOW_MS + 40 * DAY_MS
    await ledger.tick(() => laterMs)
    await judged(ledger, 'cause-1', 60, laterMs)
    const decision = { beforeMs: laterMs - 30 * DAY_MS, reason: 'kept for 30 days' }
    const answer = await ledger.pruneEvents(decision, ADA, laterMs)
    expect(answer).toMatchObject({ eventCount: 5, through: before.head, isDone: true })
    const after = await ledger.audit({ expectHead: before.head })
    expect(after).toMatchObject({ isIntact: true, eventCount: 3, prunedEventCount: 5, expectedHead: 'same' })
    expect(await ledger.audit({ expectHead: { eventNo: 3, sha256: '0'.repeat(64) } })).toMatchObject({
      isIntact: true,
      expectedHead: 'pruned',
    })
    const again = await ledger.pruneEvents(decision, ADA, laterMs)
    expect(again).toEqual({ eventCount: 0, through: before.head, isDone: true })
    await (await aLedger(database)).registerCause(aCause('cause-3'), ADA, laterMs)
    expect(await ledger.audit({ expectHead: after.head })).toMatchObject({ isIntact: true, expectedHead: 'same' })
  })

  test('G7: a second prune takes the first one’s event with it, and the chain still holds', async () => {
    const ledger = await aHistory()
    await ledger.tick(() => NOW_MS + 10 * DAY_MS)
    for (const days of [40, 80, 120]) {
      const nowMs = NOW_MS + days * DAY_MS
      await ledger.registerCause(aCause(`cause-of-day-${days}`), ADA, nowMs)
      await ledger.pruneEvents({ beforeMs: nowMs - 30 * DAY_MS, reason: 'retention' }, ADA, nowMs)
      expect(await ledger.audit({})).toMatchObject({ isIntact: true })
      await aLedger(database)
    }
    const kept = await database.query('SELECT kind FROM tidegate_ledger.event ORDER BY event_no')
    expect(kept).toEqual([{ kind: 'cause-registered' }, { kind: 'events-pruned' }])
  })

  test('what is young, what is live, and what is broken is not pruned', async () => {
    const ledger = await aLedger(database)
    await ledger.registerCause(aCause('cause-1'), ADA, NOW_MS)
    const laterMs = NOW_MS + 35 * DAY_MS
    // The last is beyond what a date can be.
    for (const beforeMs of [laterMs, Number.MAX_SAFE_INTEGER]) {
      await expect(ledger.pruneEvents({ beforeMs, reason: 'r' }, ADA, laterMs)).rejects.toMatchObject({
        denial: { kind: 'invalid' },
      })
    }
    await judged(ledger, 'cause-1', 60)
    const decision = { beforeMs: laterMs - 30 * DAY_MS, reason: 'retention' }
    // The verdict stays, since nobody has said yet that its signal is over.
    expect(await ledger.pruneEvents(decision, ADA, laterMs)).toMatchObject({ eventCount: 1 })
    await ledger.tick(() => laterMs)
    await tamper(`UPDATE tidegate_ledger.event SET actor = 'nobody' WHERE kind = 'signal-judged'`)
    await expect(ledger.pruneEvents(decision, ADA, laterMs)).rejects.toMatchObject({ denial: { kind: 'conflict' } })
  })

  test('G7: nodes that decide at once make one chain, and an audit meanwhile sees no break in it', async () => {
    const nodes = await Promise.all(Array.from({ length: 4 }, () => aLedger(database)))
    await Promise.all(
      Array.from({ length: 24 }, async (_, at) => {
        const node = nodes[at % 4]
        await node?.registerCause(aCause(`cause-${at}`), ADA, NOW_MS)
        await node?.setModes({ guardMode: at % 2 ? 'observe' : 'enforce', reason: `round ${at}` }, ADA, NOW_MS)
        expect(await node?.audit({})).toMatchObject({ isIntact: true })
      }),
    )
    const rows = await database.query<{ event_no: number; revision: number }>(
      'SELECT event_no, revision FROM tidegate_ledger.event ORDER BY event_no',
    )
    expect(rows.map(({ event_no: eventNo }) => eventNo)).toEqual(rows.map((_, at) => at + 1))
    expect(rows.map(({ revision }) => revision)).toEqual(rows.map((_, at) => at + 1))
    expect(await nodes[0]?.audit({})).toMatchObject({ isIntact: true, eventCount: rows.length })
  })
}

function isKind(kind: string): kind is LedgerEventKind {
  return kind in EVENT_EVIDENCE
}
