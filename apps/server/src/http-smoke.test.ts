import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ALL_ORDINALS, SignalState, type SignalTotals, Status } from '@tidegate/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DEFAULT_OPTIONS } from './options.ts'
import { type RunningServer, startServer } from './start-server.ts'

const OPERATOR_TOKEN = 'an-operator-token-for-tests'
const METRICS_TOKEN = 'a-metrics-token-for-tests'
const CLIENT = 'tab-1;web;5.1.0'

let server: RunningServer
let dataDir: string
let session: string
let cookie: string
const logged: unknown[] = []

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'tidegate-smoke-'))
  server = await startServer(
    {
      ...DEFAULT_OPTIONS,
      port: 0,
      mailboxPath: null,
      accountCount: 40,
      dataDir,
      operatorToken: OPERATOR_TOKEN,
      metricsToken: METRICS_TOKEN,
    },
    { nowMs: Date.now, log: (error) => logged.push(error), onProgress: () => undefined },
  )
  const login = await fetch(server.banner.mailUrl, { redirect: 'manual' })
  cookie = login.headers.get('set-cookie')?.split(';')[0] ?? ''
  session = cookie.split('=')[1] ?? ''
}, 60_000)
afterAll(async () => {
  await server.close()
  await rm(dataDir, { recursive: true })
})

async function call(path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(server.url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${session}`, 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json')
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text }
}
const isHeld = ({ state }: SignalTotals) => state === 'held'
const asOperator = { authorization: `Bearer ${OPERATOR_TOKEN}` }

test('the printed address logs in to the mail page with a cookie that no script and no other site can use', async () => {
  const response = await fetch(server.banner.mailUrl, { redirect: 'manual' })
  expect(response.status).toBe(303)
  expect(response.headers.get('location')).toBe('/mail/')
  expect(response.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Strict/)
})

test('without a token nothing is open', async () => {
  for (const path of ['/api/session', '/api/folders', '/login', '/login?token=guess']) {
    expect([path, (await call(path, undefined, { authorization: 'Bearer x' })).status]).toEqual([path, 401])
  }
  expect((await call('/admin/migrate', 'SELECT 1', { authorization: '' })).status).toBe(401)
  expect((await call('/admin/migrate', 'SELECT 1')).status).toBe(403)
})

test('a cookie counts only on requests of our own pages', async () => {
  const from = (origin: string) => call('/api/folders', undefined, { authorization: '', cookie, origin })
  expect((await from(server.url)).status).toBe(200)
  expect((await from('https://evil.example')).status).toBe(401)
})

test('the session says who it is, where the guard is and which key it signs with', async () => {
  const { body } = await call('/api/session')
  expect(body).toMatchObject({
    accountId: 'robin',
    collections: ['messages', 'bodies'],
    guard: { endpoint: '/tidegate', publicKeys: [{ keyId: expect.any(String), publicKey: expect.any(String) }] },
  })
})

test('a mail page can read its changes through the guard, and what it does to the mailbox comes back that way', async () => {
  const changes = async (sinceSeq: number) => {
    const { status, body } = await call('/tidegate/changesSince', { collection: 'messages', sinceSeq, limit: 1000 })
    expect([status, body]).toEqual([200, expect.anything()])
    return body.result.data
  }
  const before = await changes(0)
  expect(before.upserts).toHaveLength(400)

  const id = before.upserts[0].id
  expect((await call('/api/flags', { ids: [id], flagged: true, answered: true })).body).toEqual({ changedCount: 1 })
  const delivered = await call('/api/deliver', {
    from: { name: 'Anna', address: 'anna@example.test' },
    subject: 'New\0 mail',
    text: 'Hello \ud800',
  })
  const after = await changes(before.toSeq)
  expect(after.upserts.map((head: { id: string }) => head.id).sort()).toEqual([id, delivered.body.id].sort())

  const page = await call('/tidegate/fetch', { collection: 'messages', ids: [delivered.body.id] })
  expect(page.body.result.data.items[0].payload).toMatchObject({ subject: 'New mail', folder: 'Inbox', seen: false })
})

test('a page that was opened for another account than the login is now can do nothing to this one’s mailbox', async () => {
  const asOpenedFor = (accountId: string) =>
    call('/api/send', { writeId: 'm1', subject: 'In whose name?' }, { 'mail-account': encodeURIComponent(accountId) })
  expect(await asOpenedFor('å nother')).toMatchObject({ status: 403, body: { kind: 'wrong-account' } })
  expect((await asOpenedFor('robin')).status).toBe(200)
})

test('a draft is saved, sent and found in Sent', async () => {
  const draft = await call('/api/draft', { writeId: 'd1', subject: 'Hello', text: 'Draft' })
  const sent = await call('/api/send', { writeId: 's1', draftId: draft.body.id, subject: 'Hello', text: 'Sent.' })
  expect(sent.status).toBe(200)
  expect(sent.body.id).toBe(draft.body.id)
  const again = await call('/api/draft', { writeId: 'd2', draftId: draft.body.id, subject: 'Hello', text: 'Late' })
  expect([again.status, again.body.kind]).toEqual([409, 'conflict'])
  const { body } = await call('/api/folders')
  expect(body.folders.find((each: { folder: string }) => each.folder === 'Sent').messageCount).toBe(62)
})

test('a request that does not fit is refused with what is wrong', async () => {
  for (const [path, body, type] of [
    ['/api/flags', { ids: ['not-an-id'] }, 'application/json'],
    ['/api/move', { ids: [], folder: 'Inbox' }, 'application/json'],
    ['/api/move', '{', 'application/json'],
    ['/api/delete', '{}', 'text/plain'],
  ] as const) {
    const answer = await call(path, body, { 'content-type': type })
    expect([path, answer.status, answer.body.kind]).toEqual([path, 400, 'invalid'])
  }
  expect((await call('/api/nothing', {})).status).toBe(404)
  const large = await call('/admin/migrate', `-- ${'x'.repeat(9_000_000)}`, asOperator)
  expect([large.status, large.body.kind]).toEqual([400, 'invalid'])
  expect((await call('/nowhere')).status).toBe(404)
})

test('a migration runs as a whole, and its answer says what became of each signal', async () => {
  const migration = `UPDATE mailbox.message SET folder = folder;
    SELECT tidegate.propose(cause => 'labels', accounts => ARRAY(SELECT account_id FROM mailbox.account), reason => 'r', expires_in => interval '1 day')`
  const { status, body } = await call('/admin/migrate', migration, asOperator)
  expect(status).toBe(200)
  expect(body).toMatchObject({ committed: true, outboxRowCount: 1, accountCount: 41, causeIds: ['labels'] })
  expect(body.signals).toHaveLength(1)
  expect(body.signals[0]).toMatchObject({ causeId: 'labels', state: 'held', verdict: { kind: 'hold' } })

  const failed = await call('/admin/migrate', 'SELECT 1;\nSELECT nope;', asOperator)
  expect(failed.status).toBe(422)
  expect(failed.body).toMatchObject({ committed: false, kind: 'failed', line: 2, sqlState: '42703' })
})

test('J8: mail that is shed answers 503 with the operators’ text, for pages and for the guard’s calls, until it is lifted', async () => {
  const effect = { kind: 'shed', service: 'mail', text: 'Mail is offline. Nothing is lost.' }
  const set = await call('/tidegate/setSwitch', { effect, endsInMs: 60_000, reason: 'storage is slow' }, asOperator)
  const { switchNo } = set.body.result.data.switch
  const page = await call('/api/folders')
  expect(page).toMatchObject({ status: 503, body: { kind: 'shed', service: 'mail', message: effect.text } })
  expect(Number(page.headers.get('retry-after'))).toBeGreaterThan(0)
  const digests = await call('/tidegate/digests', { collection: 'messages', ranges: [ALL_ORDINALS] })
  expect(digests).toMatchObject({ status: 503, body: { error: { data: { tidegate: { kind: 'shed' } } } } })
  expect((await call('/tidegate/liftSwitch', { switchNo, reason: 'it is back' }, asOperator)).status).toBe(200)
  expect((await call('/api/folders')).status).toBe(200)
})

test('every answer to a client that a signal is in force for carries the state tag (G1)', async () => {
  await call(
    '/tidegate/registerCause',
    { causeId: 'one-account', kind: 'operator', title: 'One account', owner: 'ops' },
    asOperator,
  )
  expect(
    (await call('/api/folders', undefined, { 'tidegate-client': CLIENT })).headers.get('tidegate-state'),
  ).toBeNull()
  const { body } = await call(
    '/admin/migrate',
    `SELECT tidegate.propose(cause => 'one-account', account => 'robin', collections => ARRAY['messages'], reason => 'r', expires_in => interval '1 day')`,
    asOperator,
  )
  expect(body.signals[0]).toMatchObject({ state: 'released', inForceAccountCount: 1 })
  const tagged = await call('/api/folders', undefined, { 'tidegate-client': CLIENT })
  expect(tagged.headers.get('tidegate-state')).toMatch(/^[A-Za-z0-9_-]{16}$/)
  expect((await call('/api/folders')).headers.get('tidegate-state')).toBeNull()
})

test("an operator can open a neighbour's session, and of nobody who is not there", async () => {
  const { body } = await call('/admin/sessions', { accountId: 'neighbour-00001' }, asOperator)
  const neighbour = await call('/api/folders', undefined, { authorization: `Bearer ${body.session}` })
  expect(neighbour.body.folders[0]).toEqual({ folder: 'Inbox', messageCount: 3, unseenCount: 3 })
  expect((await call('/admin/sessions', { accountId: 'nobody' }, asOperator)).status).toBe(404)
})

test('a token does what its roles say under its holder’s name, and nothing once it is revoked', async () => {
  const made = await call('/admin/tokens', { name: 'ci', roles: ['author'], expiresInMs: 86_400_000 }, asOperator)
  expect([made.status, made.body]).toMatchObject([200, { token: expect.stringMatching(/^tidegate_/), name: 'ci' }])
  const asCi = { authorization: `Bearer ${made.body.token}` }
  const register = (causeId: string) =>
    call('/tidegate/registerCause', { causeId, kind: 'migration', title: 'By CI', owner: 'ci' }, asCi)
  expect((await register('by-ci')).status).toBe(200)
  const forbidden = [
    await call('/admin/tokens', { name: 'me-too', roles: ['operator'] }, asCi),
    await call('/admin/migrate', 'SELECT 1', asCi),
    await call('/tidegate/setModes', { guardMode: 'off', reason: 'nobody asked' }, asCi),
  ]
  expect(forbidden.map(({ status }) => status)).toEqual([403, 403, 403])
  const { body } = await call('/admin/tokens', undefined, asOperator)
  expect(body.tokens).toMatchObject([
    { name: 'ci', roles: ['author'], createdBy: 'operator', lastUsedAtMs: expect.any(Number) },
  ])
  expect(JSON.stringify(body)).not.toContain(made.body.token)
  expect((await call('/admin/tokens/revoke', { name: 'ci', reason: 'the test is over' }, asOperator)).status).toBe(200)
  expect((await register('after')).status).toBe(401)
})

test('whatever runs the process is told without a token that it lives and that it is ready', async () => {
  const nobody = { authorization: '' }
  expect(await call('/healthz', undefined, nobody)).toMatchObject({ status: 200, body: { isAlive: true } })
  expect(await call('/readyz', undefined, nobody)).toMatchObject({ status: 200, body: { isReady: true, reasons: [] } })
})

test('metrics are for viewers, operators and whoever has their own token, which opens nothing else', async () => {
  const asMetrics = { authorization: `Bearer ${METRICS_TOKEN}` }
  const statusOf = async (headers: Record<string, string>) => (await call('/metrics', undefined, headers)).status
  const tokenOf = async (name: string, role: string) => {
    const { body } = await call('/admin/tokens', { name, roles: [role] }, asOperator)
    return { authorization: `Bearer ${body.token}` }
  }
  expect([
    await statusOf({ authorization: '' }),
    await statusOf({}),
    await statusOf(await tokenOf('a', 'author')),
  ]).toEqual([401, 403, 403])
  expect([await statusOf(asMetrics), await statusOf(asOperator), await statusOf(await tokenOf('v', 'viewer'))]).toEqual(
    [200, 200, 200],
  )
  expect((await call('/tidegate/status', {}, asMetrics)).status).toBe(401)
  expect((await call('/metrics', {}, asMetrics)).status).toBe(404)
})

test('what Prometheus is told is what the ledger says, and no account is in it', async () => {
  const { body } = await call('/tidegate/status', {}, asOperator)
  const status = Status.parse(body.result.data)
  const totals = status.causes.flatMap((cause) => cause.totals)
  const text: string = (await call('/metrics', undefined, asOperator)).body
  const figureOf = (series: string) =>
    text.split('\n').flatMap((line) => (line.startsWith(`${series} `) ? [Number(line.slice(series.length + 1))] : []))
  for (const state of SignalState.options) {
    const inState = totals.filter((each) => each.state === state)
    const signalCount = inState.reduce((sum, each) => sum + each.signalCount, 0)
    expect([state, figureOf(`tidegate_signals{tidegate_signal_state="${state}"}`)]).toEqual([state, [signalCount]])
  }
  expect(totals.length).toBeGreaterThan(1)
  expect(figureOf('tidegate_holds')).toEqual([status.causes.filter((cause) => cause.totals.some(isHeld)).length])
  expect(figureOf('tidegate_credit_account_usage')).toEqual([status.globalCreditSpentAccountCount])
  expect(figureOf('tidegate_credit_account_limit')).toEqual([status.globalCredit.accountCount])
  const verdicts = status.causes.flatMap((cause) => cause.signals.map(({ verdict }) => verdict.kind))
  for (const kind of ['release', 'hold'] as const) {
    const count = verdicts.filter((each) => each === kind).length
    expect([kind, figureOf(`tidegate_verdicts_total{tidegate_verdict="${kind}"}`)]).toEqual([kind, [count]])
  }
  expect(text).toContain('# TYPE tidegate_call_duration_seconds histogram')
  expect(text).not.toMatch(/robin|neighbour|tab-1/)
})

test('pages come with a policy under which the HTML of a mail runs no script and loads nothing from elsewhere', async () => {
  const { status, headers } = await call('/')
  expect(status).toBe(200)
  const policy = headers.get('content-security-policy') ?? ''
  expect(policy).toContain("script-src 'self';")
  expect(policy).toContain("img-src 'self' data:;")
  expect(headers.get('x-content-type-options')).toBe('nosniff')
})

test('a port that is in use is named, and the data directory is let go', async () => {
  const other = join(dataDir, 'other')
  const options = { ...DEFAULT_OPTIONS, mailboxPath: null, accountCount: 0, dataDir: other, operatorToken: null }
  const edges = { nowMs: Date.now, log: () => undefined, onProgress: () => undefined }
  const port = Number(new URL(server.url).port)
  await expect(startServer({ ...options, port }, edges)).rejects.toThrow('the port is in use')
  await (await startServer({ ...options, port: 0 }, edges)).close()
})

test('what breaks in a request is logged by its place and code, and not by what it says of an account', async () => {
  const rule = `CREATE FUNCTION mailbox.refuse() RETURNS trigger LANGUAGE plpgsql
      AS $$ BEGIN RAISE EXCEPTION 'no room for %', NEW.account_id USING ERRCODE = '53100', DETAIL = NEW.account_id; END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON mailbox.message FOR EACH ROW EXECUTE FUNCTION mailbox.refuse()`
  expect((await call('/admin/migrate', rule, asOperator)).status).toBe(200)
  const delivery = { from: { name: 'B', address: 'b@example.test' }, subject: 'S', text: 'T' }
  expect((await call('/api/deliver', delivery)).status).toBe(500)
  expect((await call('/admin/migrate', 'DROP FUNCTION mailbox.refuse CASCADE', asOperator)).status).toBe(200)
  const entries = logged.splice(0)
  expect(entries).toMatchObject([
    { event: 'request.failed', fields: { method: 'POST', route: '/api' }, error: { code: '53100' } },
  ])
  expect(JSON.stringify(entries)).not.toMatch(/robin|no room/)
})

test('nothing went wrong on the way', () => {
  expect(logged).toEqual([])
})
