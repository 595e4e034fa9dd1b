import { Cause, ClientIdentity, PROTOCOL_VERSION, type ReleasePlan } from '@tidegate/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type MailClient, MailHouse } from './mail-house.ts'
import { MESSAGES_PER_ACCOUNT } from './mailbox.ts'

const ACCOUNT_COUNT = 40
/** The default credit of a small fleet. */
const CREDIT = 20
const allAtOnce: ReleasePlan = {
  verifyWindowMs: 0,
  windowMs: 0,
  stages: [{ share: 1, bakeMs: 60_000, gate: { minReportCount: 1, maxFailureRatio: 0 } }],
}

// One story, told in order: each test goes on where the one before ended.
let house: MailHouse
let clients: readonly MailClient[]

beforeAll(async () => {
  house = await MailHouse.open({ accountCount: ACCOUNT_COUNT })
  clients = Array.from({ length: ACCOUNT_COUNT }, (_, at) => house.client(at + 1))
  for (const client of clients) await client.load()
  for (const causeId of ['labels-2023-07', 'folders-2023-08']) {
    await house.staff.registerCause(Cause.parse({ causeId, kind: 'migration', title: causeId, owner: 'mail-team' }))
  }
  await house.guard.refresh()
})

afterAll(async () => {
  for (const client of clients ?? []) await client[Symbol.asyncDispose]()
  await house?.[Symbol.asyncDispose]()
})

test('a first load brings every mailbox whole, nothing twice, and gives its lease back', async () => {
  await expect.poll(async () => (await house.staff.status({ onlyHeld: false })).resyncs).toEqual([])
  const [sizes] = await house.database.query<{ bytes: number }>(
    'SELECT (SELECT sum(payload_bytes) FROM mailbox.message) + (SELECT sum(payload_bytes) FROM mailbox.body) AS bytes',
  )
  expect(house.traffic.payloadBytes).toBe(sizes?.bytes)
  for (const client of clients) expect(await client.cache.list('bodies')).toHaveLength(MESSAGES_PER_ACCOUNT)
})

test('a migration that touches every row and tells everybody puts exactly the credit in force, spread over the resources (G1, J3)', async () => {
  await runMigration(`
    UPDATE mailbox.message SET revision = revision + 1;
    UPDATE mailbox.body SET revision = revision + 1;
    SELECT tidegate.propose(cause => 'labels-2023-07', accounts => ARRAY(SELECT account_id FROM mailbox.account),
      collections => ARRAY['messages', 'bodies'], reason => 'Messages were rewritten for the new labels', expires_in => interval '7 days');`)
  const [signal] = (await house.staff.status({ onlyHeld: true })).causes[0]?.signals ?? []
  expect(signal).toMatchObject({
    state: 'held',
    audienceAccountCount: ACCOUNT_COUNT,
    inForceAccountCount: CREDIT,
    verdict: { kind: 'hold', canaryAccountCount: CREDIT, heldAccountCount: ACCOUNT_COUNT - CREDIT },
  })
  const shards = canaries().map(({ accountId }) => Number(accountId.slice('account-'.length)) % 4)
  expect([0, 1, 2, 3].map((shard) => shards.filter((each) => each === shard).length)).toEqual([5, 5, 5, 5])
})

test('canaries compare and download nothing; the others do not even ask (J4)', async () => {
  startCounting()
  const inForce = canaries()
  const held = clients.filter((client) => !inForce.includes(client))
  await Promise.all(clients.map((client) => client.use()))
  for (const client of inForce) {
    await expect.poll(() => client.results.map(({ outcome }) => outcome)).toEqual(['consistent'])
  }
  expect(house.traffic.payloadBytes).toBe(0)
  for (const client of held) {
    expect(house.traffic.calls.filter(({ login }) => login === `client ${client.accountId}`)).toEqual([
      { path: '/api/folders', login: `client ${client.accountId}` },
    ])
  }
})

test('asking what is in force fits into 400 bytes, and the signed answer over two collections into 1,200', async () => {
  const [canary] = canaries()
  if (!canary) throw new Error('there is no canary')
  const question = {
    protocol: PROTOCOL_VERSION,
    accountId: canary.accountId,
    client: identityOf(canary.accountId),
    nonce: 'A'.repeat(22),
    cachedBytes: 50_000_000,
  }
  const body = JSON.stringify({ 0: question })
  const response = await fetch(`${house.url}/tidegate/inForce?batch=1`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `client ${canary.accountId}` },
    body,
  })
  const answer = await response.text()
  expect(answer).toContain('bodies')
  expect(body.length).toBeLessThanOrEqual(400)
  expect(answer.length).toBeLessThanOrEqual(1_200)
})

test('revoked, it is in force for nobody, and the count of those that never began is right (G3, J10)', async () => {
  const target = { kind: 'cause' as const, causeId: Cause.shape.causeId.parse('labels-2023-07') }
  const answer = await house.staff.revoke({ target, reason: 'nothing that clients store has changed' })
  expect(answer).toMatchObject({ signalCount: 1, accountCount: ACCOUNT_COUNT, neverBegunAccountCount: ACCOUNT_COUNT })
  expect(canaries()).toEqual([])
})

test('approved, a client fetches exactly what differs and proves it (C1, C8)', async () => {
  const client = clients[7] as MailClient // there are forty
  const account = client.accountId
  // An app that lost a body and garbled a message, without its cursor knowing.
  const lost = await client.cache.get('bodies', 'item-3')
  const garbled = await client.cache.get('messages', 'item-5')
  if (!lost || !garbled) throw new Error('the first load brought neither')
  const unchanged = { unchanged: [], deletes: [] }
  await client.cache.applyPage({ ...unchanged, collection: 'bodies', upserts: [], deletes: [lost.id] })
  const wrong = {
    ...garbled,
    payload: { subject: 'garbled' },
    contentHash: garbled.contentHash.replaceAll(/./g, '0') as typeof garbled.contentHash,
  } // as long as the true one
  await client.cache.applyPage({ ...unchanged, collection: 'messages', upserts: [wrong] })

  await runMigration(`
    UPDATE mailbox.message SET revision = revision + 1, payload = payload || '{"folder": "Archive"}' WHERE account_id = '${account}' AND ordinal IN (1, 2);
    DELETE FROM mailbox.message WHERE account_id = '${account}' AND ordinal = 12;
    DELETE FROM mailbox.body WHERE account_id = '${account}' AND ordinal = 12;
    SELECT tidegate.propose(cause => 'folders-2023-08', accounts => ARRAY(SELECT account_id FROM mailbox.account),
      collections => ARRAY['messages', 'bodies'], reason => 'Folders were merged', expires_in => interval '7 days');`)
  const target = { kind: 'cause' as const, causeId: Cause.shape.causeId.parse('folders-2023-08') }
  await house.staff.approve({ target, plan: allAtOnce, reason: 'canaries were fine' })

  startCounting()
  const before = client.results.length
  await client.use()
  await expect
    .poll(() => client.results.slice(before).map(({ outcome }) => outcome), { timeout: 20_000 })
    .toEqual(['resynced'])
  const [moved] = await house.database.query<{ bytes: number }>(
    `SELECT sum(payload_bytes) AS bytes FROM mailbox.message WHERE account_id = $1 AND ordinal IN (1, 2)`,
    [account],
  )
  expect(house.traffic.payloadBytes).toBe((moved?.bytes ?? 0) + lost.payloadBytes + garbled.payloadBytes)
  for (const collection of ['messages', 'bodies'] as const) {
    const table = collection === 'messages' ? 'message' : 'body'
    const rows = await house.database.query<{ id: string; payload: unknown }>(
      `SELECT item_id AS id, payload FROM mailbox.${table} WHERE account_id = $1 ORDER BY ordinal`,
      [account],
    )
    const cached = await client.cache.list(collection, { order: 'oldest' })
    expect(cached.map(({ id, payload }) => ({ id, payload }))).toEqual(rows)
  }
  expect(client.results.at(-1)?.asOf).toEqual({ messages: expect.any(Number), bodies: expect.any(Number) })
  expect(client.results.at(-1)?.proofRounds).toBeLessThanOrEqual(2)
})

/** A migration file, as it would be run: one transaction on the application's database. */
async function runMigration(text: string): Promise<void> {
  await house.database.transaction((sql) => sql.script(text))
  await house.guard.refresh()
}

/** Clients to whose account something is in force now. */
function canaries(): MailClient[] {
  return clients.filter(({ accountId }) => house.guard.stateTag(accountId, identityOf(accountId)) !== null)
}

function identityOf(accountId: string) {
  return ClientIdentity.parse({ clientId: `phone-of-${accountId}`, clientClass: 'mobile', appVersion: '5.0.38' })
}

function startCounting(): void {
  house.traffic.payloadBytes = 0
  house.traffic.calls = []
}
