import { trpcGuardApi } from '@tidegate/client'
import { AccountId, ALL_ORDINALS, CauseId, CollectionName } from '@tidegate/protocol'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { readTags } from './support/crowd.ts'
import { withDatabase } from './support/mailbox-rows.ts'
import { measured } from './support/measured.ts'
import { julyCopy, migrate, migrated } from './support/migrate.ts'
import { operatorOf, type ServerProcess, startServerProcess, temporaryDirectory } from './support/server-process.ts'
import { neighbourIds, openOwnerSession, openSessions, type Sessions } from './support/sessions.ts'

// Ways to write the July migration that its author did not think of.
const NEIGHBOURS = 600
const CREDIT = 20
const [neighbour = ''] = neighbourIds(1)
const EVERYBODY = 'ARRAY(SELECT account_id FROM mailbox.account)'
const REST = `reason => 'Rewritten', expires_in => interval '7 days'`

const folder = temporaryDirectory()
let server: ServerProcess
let sessions: Sessions
let causeId: CauseId
let causeCount = 0

beforeAll(async () => {
  server = await startServerProcess({ dataDir: folder.path, accountCount: NEIGHBOURS, resourceCount: 4 })
  const owner = await openOwnerSession(server)
  sessions = new Map([
    ...(await openSessions(server.url, neighbourIds(NEIGHBOURS))),
    [owner.accountId, owner.session] as const,
  ])
})
afterAll(async () => {
  await server.stop()
  folder[Symbol.dispose]()
})

/** Each test has a cause of its own, and nothing of the others' is in force. */
beforeEach(async () => {
  const operator = operatorOf(server.url)
  for (const { cause, signals } of (await operator.status.query({})).causes) {
    if (signals.some(({ state }) => state === 'held' || state === 'released')) {
      await operator.revoke.mutate({ target: { kind: 'cause', causeId: cause.causeId }, reason: 'The test is over' })
    }
  }
  causeId = CauseId.parse(`odd-${causeCount++}`)
  await operator.registerCause.mutate({ causeId, kind: 'migration', title: 'Odd', owner: 'mail-storage' })
  expect(await reached()).toEqual([])
})

/** Accounts whose clients are told to look. */
async function reached(): Promise<readonly AccountId[]> {
  return [...(await readTags(server.url, sessions)).keys()]
}

async function status() {
  const { causes } = await operatorOf(server.url).status.query({})
  const found = causes.find(({ cause }) => cause.causeId === causeId)
  if (found === undefined) throw new Error(`There is no cause ${causeId}`)
  return found
}

async function revisions(accountId: string): Promise<readonly number[]> {
  const headers = () => ({ authorization: `Bearer ${sessions.get(AccountId.parse(accountId))}` })
  const api = trpcGuardApi({ url: `${server.url}/tidegate`, headers })
  const collection = CollectionName.parse('messages')
  return (await api.list({ collection, range: ALL_ORDINALS, limit: 100 })).heads.map(({ revision }) => revision)
}

test('a migration that proposes account by account in a SELECT is one signal, with the credit of one (G1)', async () => {
  const answer = await migrated(
    server.url,
    `SELECT tidegate.propose(cause => '${causeId}', account => account_id, ${REST}) FROM mailbox.account`,
  )
  expect(answer).toMatchObject({ outboxRowCount: NEIGHBOURS + 1, accountCount: NEIGHBOURS + 1 })
  expect(answer.signals).toMatchObject([{ state: 'held', audienceAccountCount: NEIGHBOURS + 1 }])
  expect(await reached()).toHaveLength(CREDIT)
})

test('a migration that gives every account a reason of its own makes many signals, with the credit of one (G1)', async () => {
  const answer = await migrated(
    server.url,
    `SELECT tidegate.propose(cause => '${causeId}', account => account_id, reason => 'Rewritten for ' || account_id,
       expires_in => interval '7 days') FROM mailbox.account WHERE account_id BETWEEN 'neighbour-00401' AND 'neighbour-00600'`,
  )
  expect(answer.signals).toHaveLength(200)
  expect(await reached()).toHaveLength(CREDIT)
  expect((await status()).creditSpentAccountCount).toBe(CREDIT)
})

test('an account that is named three times counts once, and one that does not exist harms nobody (G1)', async () => {
  const ghosts = `ARRAY(SELECT 'ghost-' || n FROM generate_series(1, 100) AS n)`
  const { signals } = await migrated(
    server.url,
    `SELECT tidegate.propose(cause => '${causeId}', accounts => ${EVERYBODY} || ${EVERYBODY} || ${ghosts} || ${EVERYBODY}, ${REST})`,
  )
  expect(signals).toMatchObject([
    { state: 'held', audienceAccountCount: NEIGHBOURS + 1 + 100, inForceAccountCount: CREDIT },
  ])
  const told = await reached()
  expect(told.length).toBeGreaterThan(0)
  expect(told.length).toBeLessThanOrEqual(CREDIT)
})

test('the same migration ten times at once under one cause reaches the credit of one (G1)', async () => {
  await Promise.all(Array.from({ length: 10 }, () => migrated(server.url, julyCopy(causeId))))
  const { signals, creditSpentAccountCount } = await status()
  expect(signals).toHaveLength(10)
  expect(creditSpentAccountCount).toBe(CREDIT)
  expect(await reached()).toHaveLength(CREDIT)
})

test.each([
  ['in its last statement', 'SELECT 1 / 0', 'division by zero'],
  [
    'at its commit',
    `CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (id int REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
     INSERT INTO child VALUES (1)`,
    'violates foreign key',
  ],
  ['before it runs, for a COMMIT of its own', 'COMMIT', 'would end it'],
])(
  'a migration that proposes and then fails %s tells nobody anything and changes nothing (G2)',
  async (_when, sql, why) => {
    const before = await revisions(neighbour)
    const answer = await migrate(server.url, `${julyCopy(causeId)};\n${sql}`)
    expect(answer).toMatchObject({ committed: false, message: expect.stringContaining(why) })
    // A later one has been judged, so whatever the failed one had left would have been, too.
    await migrated(server.url, `SELECT tidegate.propose(cause => '${causeId}', account => '${neighbour}', ${REST})`)
    expect((await status()).signals).toHaveLength(1)
    expect((await reached()).filter((accountId) => accountId !== neighbour)).toEqual([])
    expect(await revisions(neighbour)).toEqual(before)
  },
)

test('a migration whose cause nobody registered reaches nobody (G1)', async () => {
  const { signals } = await migrated(server.url, julyCopy('nobody-registered-this'))
  expect(signals).toMatchObject([{ state: 'held', inForceAccountCount: 0 }])
  expect(await reached()).toEqual([])
})

test('a reset of everybody on one resource reaches no more accounts, and predicts no more bytes there, than the credit (G1)', async () => {
  const onOneResource = `ARRAY(SELECT account_id FROM mailbox.account WHERE resource_id = 'shard-1')`
  const { signals } = await migrated(
    server.url,
    `SELECT tidegate.propose(cause => '${causeId}', accounts => ${onOneResource}, ${REST})`,
  )
  const told = await reached()
  const { credit } = await status()
  expect(told.length).toBeGreaterThan(0)
  expect(told.length).toBeLessThanOrEqual(credit.accountCount)
  expect(signals).toMatchObject([{ state: 'held', inForceAccountCount: told.length }])

  await server.stop()
  const named = await withDatabase(folder.path, (database) =>
    database.query<{ resource: string; accounts: number; bytes: number }>(
      `SELECT resource_id AS resource, count(*) AS accounts, sum(predicted_bytes)::bigint AS bytes
       FROM tidegate_ledger.named_account JOIN tidegate_ledger.signal USING (signal_no)
       WHERE cause_id = $1 GROUP BY resource_id`,
      [causeId],
    ),
  )
  expect(named).toEqual([{ resource: 'shard-1', accounts: told.length, bytes: expect.any(Number) }])
  expect(named[0]?.bytes).toBeLessThanOrEqual(credit.bytesPerResource)
  measured(
    `everybody on one resource: ${told.length} accounts and ${Math.round((named[0]?.bytes ?? 0) / 1e6)} MB in force there (credit ${credit.accountCount} accounts and ${credit.bytesPerResource / 1e6} MB)`,
  )
})
