import { CauseId, CollectionName } from '@tidegate/protocol'
import type { Example, Step } from './example.ts'

const MINUTE_MS = 60_000
const CAUSE = 'labels-2023-07'
const WHOLE = "reason => 'labels were renumbered', expires_in => interval '7 days'"
const MESSAGES = `collections => ARRAY['messages'], ${WHOLE}`

const register = (causeId = CAUSE, rest: object = {}): Step => ({ kind: 'register', cause: { causeId, ...rest } })
const migrate = (sql: string): Step => ({ kind: 'migrate', sql })
/** `count` accounts of a kind, from the one after `from` on. */
const accounts = (count: number, { kind = 'account', from = 0 } = {}) =>
  `ARRAY(\n    SELECT account_id FROM mailbox.account WHERE kind = '${kind}' ORDER BY account_no LIMIT ${count}${from > 0 ? ` OFFSET ${from}` : ''}\n  )`
const propose = (named: string, rest = MESSAGES, causeId = CAUSE) =>
  `SELECT tidegate.propose(\n  cause => '${causeId}',\n  accounts => ${named},\n  ${rest}\n);`
const stage = (share: number) => ({ share, bakeMs: 10 * MINUTE_MS, gate: { minReportCount: 5, maxFailureRatio: 0.02 } })
const plan = (...shares: number[]) => ({
  verifyWindowMs: 2 * MINUTE_MS,
  windowMs: 10 * MINUTE_MS,
  stages: shares.map(stage),
})
const others = (count: number, sql: (at: number, causeId: string) => string): Step[] =>
  Array.from({ length: count }, (_, at) => `folders-${at + 1}`).flatMap((causeId, at) => [
    register(causeId),
    migrate(sql(at, causeId)),
  ])

/** For each rule of the guard, a small run through the real ledger that makes it speak. */
export const EXAMPLES: Readonly<Record<string, Example>> = {
  TG001: { given: 'Nobody has registered the cause.', causeId: CAUSE, steps: [migrate(propose(accounts(3)))] },
  TG002: {
    given:
      'The cause was registered with a manifest: one proposal to verify `messages` of three accounts, on bridges alone.',
    causeId: CAUSE,
    steps: [
      register(CAUSE, {
        manifest: {
          manifestVersion: 1,
          causeId: CauseId.parse(CAUSE),
          actions: ['verify'],
          wholeAccount: false,
          collections: [CollectionName.parse('messages')],
          proposalCount: 1,
          accountCount: 3,
          clientClasses: ['bridge'],
          sourceSha256: '0'.repeat(64),
        },
      }),
      migrate(propose(accounts(5), `action => 'refetch', ${WHOLE}`)),
    ],
  },
  TG003: {
    given: 'The cause is registered.',
    causeId: CAUSE,
    steps: [
      register(),
      migrate(propose(accounts(3), "collections => ARRAY['messages'], reason => 'labels were renumbered'")),
    ],
  },
  TG004: {
    given: 'The cause is registered.',
    causeId: CAUSE,
    steps: [register(), migrate(propose(accounts(3), "expires_in => interval '7 days'"))],
  },
  TG005: { given: 'The cause is registered.', causeId: CAUSE, steps: [register(), migrate(propose(accounts(5000)))] },
  TG006: {
    given: 'The cause is registered; clients of an archive hold 120 MB each.',
    causeId: CAUSE,
    steps: [register(), migrate(propose(accounts(16, { kind: 'archive' })))],
  },
  TG007: {
    given: 'Five other causes have twenty accounts each in force, and nobody has decided about them.',
    causeId: CAUSE,
    steps: [
      ...others(5, (at, causeId) => propose(accounts(20, { from: at * 20 }), MESSAGES, causeId)),
      register(),
      migrate(propose(accounts(3, { from: 200 }))),
    ],
  },
  TG008: {
    given: 'Five other causes have twelve archives of 120 MB each in force, and nobody has decided about them.',
    causeId: CAUSE,
    steps: [
      ...others(5, (at, causeId) => propose(accounts(12, { kind: 'archive', from: at * 12 }), MESSAGES, causeId)),
      register(),
      migrate(propose(accounts(4, { kind: 'archive', from: 60 }))),
    ],
  },
  TG009: {
    given: 'Two of the three accounts have a signal of another cause in force.',
    causeId: CAUSE,
    steps: [
      ...others(1, (_, causeId) => propose(accounts(2), MESSAGES, causeId)),
      register(),
      migrate(propose(accounts(3))),
    ],
  },
  TG010: {
    given: 'Somebody wrote to the outbox by hand.',
    causeId: CAUSE,
    steps: [
      register(),
      migrate(
        `INSERT INTO tidegate.outbox (proposal, account_ids)\nVALUES ('{ "causeId": "${CAUSE}", "action": "purge" }', ARRAY['account-1']);`,
      ),
    ],
  },
  TG011: {
    given: 'The cause is registered; the registry knows twelve bridges.',
    causeId: CAUSE,
    steps: [
      register(),
      migrate(
        `SELECT tidegate.propose(\n  cause => '${CAUSE}',\n  everyone => true, classes => ARRAY['bridge'], versions_below => '3.4.2',\n  ${MESSAGES}\n);`,
      ),
    ],
  },
  TG012: {
    given: 'The cause is registered; clients of a vault hold 5 GB each, and twenty vaults live on each shard.',
    causeId: CAUSE,
    steps: [register(), migrate(propose(accounts(80, { kind: 'vault' }), WHOLE))],
  },
  TG013: {
    given: 'A release for eighty vaults of 5 GB each has been approved and is under way.',
    causeId: CAUSE,
    steps: [
      ...others(1, (_, causeId) => propose(accounts(80, { kind: 'vault' }), MESSAGES, causeId)),
      { kind: 'approve', causeId: 'folders-1', plan: { ...plan(0.1, 1), windowMs: 20 * MINUTE_MS } },
      register(),
      migrate(propose(accounts(72, { kind: 'vault', from: 80 }))),
    ],
  },
  TG014: {
    given: 'An earlier signal of the cause named the collection `messages`.',
    causeId: CAUSE,
    steps: [register(), migrate(propose(accounts(3))), migrate(propose(accounts(3, { from: 3 }), WHOLE))],
  },
  TG015: {
    given: 'The cause is registered.',
    causeId: CAUSE,
    steps: [
      register(),
      migrate(
        propose(accounts(3), "action => 'refetch', collections => ARRAY['messages'], expires_in => interval '7 days'"),
      ),
    ],
  },
  TG016: {
    given: 'The cause was registered to emit on 25 July 2023 from 08:00 until 09:00 UTC.',
    causeId: CAUSE,
    steps: [
      register(CAUSE, { window: { fromMs: Date.UTC(2023, 6, 25, 8), untilMs: Date.UTC(2023, 6, 25, 9) } }),
      migrate(propose(accounts(3))),
    ],
  },
  TG023: {
    given: 'The cause is registered; an operator revoked it, and the migration that emits it is still running.',
    causeId: CAUSE,
    steps: [
      register(),
      migrate(propose(accounts(3))),
      { kind: 'revoke', causeId: CAUSE, reason: 'it tells everybody to reset' },
      { kind: 'wait', ms: 5 * MINUTE_MS },
      migrate(propose(accounts(3, { from: 3 }))),
    ],
  },
  TG017: {
    given:
      'The cause is registered, and its signal for 12,000 accounts is held. An approver lets everybody out at once.',
    causeId: CAUSE,
    steps: [
      register(),
      migrate(propose("ARRAY(SELECT 'account-' || n FROM generate_series(1, 12000) AS n)")),
      { kind: 'approve', causeId: CAUSE, plan: plan(1) },
    ],
  },
  TG018: {
    given: 'Three other causes wait for a decision.',
    causeId: CAUSE,
    steps: [
      ...others(3, (at, causeId) => propose(accounts(30, { from: at * 30 }), MESSAGES, causeId)),
      register(),
      migrate(propose(accounts(3, { from: 200 }))),
    ],
  },
  TG019: {
    given:
      'A large fleet, in which the credit of a cause is 10,020 accounts. A job has proposed for 95 accounts every two minutes, ten times.',
    causeId: CAUSE,
    settings: { creditBaseAccountCount: 10_020, creditCapacityPerMille: 100 },
    steps: [
      register(),
      ...Array.from({ length: 11 }, (_, at): Step[] => [
        migrate(propose(accounts(95, { from: at * 95 }))),
        ...(at < 10 ? [{ kind: 'wait' as const, ms: 2 * MINUTE_MS }] : []),
      ]).flat(),
    ],
  },
  TG020: {
    given: 'A large fleet, in which the credit of a cause is 10,020 accounts. A job has just proposed for sixty.',
    causeId: CAUSE,
    settings: { creditBaseAccountCount: 10_020 },
    steps: [register(), migrate(propose(accounts(60))), migrate(propose(accounts(60, { from: 60 })))],
  },
  TG021: {
    given: 'The cause is registered, and its signal for 160 vaults of 5 GB is held.',
    causeId: CAUSE,
    steps: [
      register(),
      migrate(propose(accounts(160, { kind: 'vault' }))),
      { kind: 'approve', causeId: CAUSE, plan: plan(0.01, 0.1, 0.5, 1) },
    ],
  },
  TG022: {
    given: 'The cause is registered, and its signal, which ends in 20 minutes, is held.',
    causeId: CAUSE,
    steps: [
      register(),
      migrate(
        propose(
          accounts(60),
          "collections => ARRAY['messages'], reason => 'labels were renumbered', expires_in => interval '20 minutes'",
        ),
      ),
      { kind: 'approve', causeId: CAUSE, plan: plan(0.01, 0.1, 0.5, 1) },
    ],
  },
}
