import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openPostgres } from '@tidegate/guard/postgres'
import { hasPostgres, type PostgresServer, startPostgres } from '@tidegate/guard/testing'
import { LeaseGrant, PROTOCOL_VERSION, Status } from '@tidegate/protocol'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'

// Several instances of the server on one PostgreSQL, each a process of its own, as behind a balancer.

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url))
const OPERATOR_TOKEN = 'an-operators-token-for-tests'
const ACCOUNT_COUNT = 300
const CAUSE = 'labels-2023-07'

interface Instance {
  readonly url: string
  readonly child: ChildProcess
}

describe.skipIf(!hasPostgres('Servers on one ledger'))('servers on one PostgreSQL', () => {
  let postgres: PostgresServer
  const children: ChildProcess[] = []
  beforeAll(async () => {
    postgres = await startPostgres()
  })
  afterEach(async () => {
    await Promise.all(children.splice(0).map((child) => end(child, 'SIGKILL')))
  })
  afterAll(() => postgres.stop())

  async function start(slot: number): Promise<Instance> {
    const place = ['--node', `${slot}/3`, '--accounts', String(ACCOUNT_COUNT)]
    const args = ['--conditions=@tidegate/source', MAIN, '--port', '0', ...place]
    const child = spawn(process.execPath, args, {
      env: { ...process.env, TIDEGATE_LEDGER: postgres.connectionString, TIDEGATE_OPERATOR_TOKEN: OPERATOR_TOKEN },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    children.push(child)
    let errors = ''
    child.stderr.on('data', (chunk) => {
      errors += chunk
    })
    for await (const line of createInterface({ input: child.stdout })) {
      const [url] = /http:\S+\/login/.exec(line) ?? []
      if (url !== undefined) return { url: new URL(url).origin, child }
    }
    throw new Error(`The server ended before it printed its address:\n${errors}`)
  }

  test('started at once on an empty database, they fill one mailbox, and any of them knows what another was told', async () => {
    const instances = await Promise.all([start(1), start(2), start(3)])
    const [one, other, third] = instances as [Instance, Instance, Instance] // three were started
    const count = await onPostgres('SELECT count(*)::int AS count FROM mailbox.account')
    expect(count).toEqual([{ count: ACCOUNT_COUNT + 1 }])

    await migrate(one, CAUSE)
    await expect.poll(() => inForceAt(other, CAUSE), { timeout: 30_000 }).toBeGreaterThan(0)

    const session = await openSession(one)
    for (const { url } of instances) {
      const answer = await fetch(`${url}/api/folders`, { headers: { authorization: `Bearer ${session}` } })
      expect(answer.status).toBe(200)
    }

    // Each has a part of the shard, and all parts together are not more than it.
    const grants = await Promise.all(instances.map((instance) => firstLease(instance, session)))
    expect(grants.reduce((sum, { bytesPerSecond }) => sum + bytesPerSecond, 0)).toBeLessThanOrEqual(50_000_000)

    // Killed, it leaves the others as they are; started again, it knows what they know.
    await end(third.child, 'SIGKILL')
    expect(await inForceAt(one, CAUSE)).toBeGreaterThan(0)
    const back = await start(3)
    expect(await inForceAt(back, CAUSE)).toBe(await inForceAt(other, CAUSE))
  })

  test('a ledger that is not there ends the start in one line, without the password', async () => {
    const url = 'postgres://guard:hidden-word@127.0.0.1:1/mail'
    const child = spawn(process.execPath, [
      '--conditions=@tidegate/source',
      MAIN,
      '--port',
      '0',
      '--node',
      '1/1',
      '--ledger',
      url,
    ])
    let errors = ''
    child.stderr.on('data', (chunk) => {
      errors += chunk
    })
    const [code] = await once(child, 'close')
    expect([code, errors.trim().split('\n').length]).toEqual([2, 1])
    expect(errors).toContain('Cannot open the ledger at postgres://127.0.0.1:1/mail')
    expect(errors).not.toContain('hidden-word')
  })

  async function onPostgres(text: string): Promise<object[]> {
    const database = openPostgres({ connectionString: postgres.connectionString })
    return database.query(text).finally(() => database.close())
  }
})

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill(signal)
  await once(child, 'exit')
}

async function migrate({ url }: Instance, causeId: string): Promise<void> {
  const cause = { causeId, kind: 'migration', title: 'Renumber labels', owner: 'mail-storage' }
  expect((await post(`${url}/tidegate/registerCause`, JSON.stringify(cause))).status).toBe(200)
  const answer = await post(
    `${url}/admin/migrate`,
    `SELECT tidegate.propose(cause => '${causeId}', accounts => ARRAY(SELECT account_id FROM mailbox.account),
      collections => ARRAY['messages'], reason => 'labels were renumbered', expires_in => '7 days')`,
  )
  expect(answer.status).toBe(200)
}

async function inForceAt({ url }: Instance, causeId: string): Promise<number> {
  const answer = await fetch(`${url}/tidegate/status?input=%7B%7D`, {
    headers: { authorization: `Bearer ${OPERATOR_TOKEN}` },
  })
  const { result } = (await answer.json()) as { result: { data: unknown } } // as tRPC answers a query
  const { causes } = Status.parse(result.data)
  const found = causes.find(({ cause }) => cause.causeId === causeId)
  return (found?.signals ?? []).reduce((sum, signal) => sum + signal.inForceAccountCount, 0)
}

async function openSession({ url }: Instance): Promise<string> {
  const answer = await post(`${url}/admin/sessions`, JSON.stringify({ accountId: 'neighbour-00001' }))
  const { session } = (await answer.json()) as { session: string } // the server's own answer
  return session
}

/** A client of its own at each instance asks until there is room for it. */
async function firstLease({ url }: Instance, session: string): Promise<LeaseGrant> {
  const client = { clientId: `client-at-${new URL(url).port}`, clientClass: 'web', appVersion: '5.0' }
  const ask = { protocol: PROTOCOL_VERSION, client, purpose: { kind: 'first-load' }, wantBytes: 1_000_000 }
  for (let attempt = 0; attempt < 100; attempt++) {
    const answer = await post(`${url}/tidegate/requestLease`, JSON.stringify(ask), session)
    const { result } = (await answer.json()) as { result?: { data: unknown } } // as tRPC answers a mutation
    if (result) return LeaseGrant.parse(result.data)
    await setTimeout(300)
  }
  return expect.fail(`no lease at ${url}`)
}

function post(url: string, body: string, token = OPERATOR_TOKEN): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body,
  })
}
