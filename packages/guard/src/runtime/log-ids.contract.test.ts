import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AccountId, Cause, ClientIdentity, ResourceId, SetModes } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import type { LogIds } from '../core/logged-error.ts'
import { egressMiddleware } from '../edge/egress/egress-middleware.ts'
import { CAUSE_ID, mailStream } from '../egress/testing/mail-stream.ts'
import type { SqlDatabase } from '../sql.ts'
import { openMemoryPglite } from '../testing/memory-pglite.ts'
import { LOG_EVENTS } from './guard-log.ts'
import { logLines } from './log-lines.ts'
import { GuardScene } from './testing/guard-scene.ts'

const MARKED_ACCOUNT = 'mallory-7f3a@mail.test'
const MARKED_CLIENT = 'phone-of-9c1e'
const MARKED_TOKEN = 'tidegate_b2d4-secret'
const MARKS = [MARKED_ACCOUNT, 'mallory', MARKED_CLIENT, MARKED_TOKEN]
const mallory = AccountId.parse(MARKED_ACCOUNT)
const client = ClientIdentity.parse({ clientId: MARKED_CLIENT, clientClass: 'mobile', appVersion: '1' })

/** Every line that a guard writes, in both formats, while everything that can fail does, with marked ids in what is thrown. */
async function linesOfFailures(
  logIds: LogIds,
): Promise<{ readonly lines: readonly string[]; readonly events: Set<string> }> {
  const lines: string[] = []
  const events = new Set<string>()
  const sinks = (['json', 'text'] as const).map((format) => logLines({ format, write: (line) => lines.push(line) }))
  const resourceFailure: { current: Error | null } = { current: null }
  await using scene = await GuardScene.open({
    logIds,
    log(entry) {
      events.add(entry.event)
      for (const sink of sinks) sink(entry)
    },
    resources: {
      resources: [{ resourceId: ResourceId.parse('shard-1'), capacityBytesPerSecond: 1_000_000 }],
      resourceOf(accountId) {
        if (resourceFailure.current) throw resourceFailure.current
        return ResourceId.parse(accountId === MARKED_TOKEN ? MARKED_TOKEN : 'shard-1')
      },
    },
  })
  await scene.staff.registerCause(Cause.parse({ causeId: CAUSE_ID, kind: 'operator', title: 't', owner: 'o' }))
  const signalId = await scene.propose([mallory])
  scene.guard.start()
  await scene.clock.advance(1_000)

  // The source: a message, a cause, a name and a property that each hold an id.
  const thrown = Object.assign(new Error(`no mailbox of ${MARKED_ACCOUNT}`, { cause: `${MARKED_CLIENT} asked` }), {
    path: `/mail/${MARKED_ACCOUNT}`,
    code: MARKED_ACCOUNT,
  })
  thrown.name = MARKED_ACCOUNT
  scene.source.failure = thrown
  await scene.fetch(mallory, 1).catch(() => undefined)
  // The map of resources.
  resourceFailure.current = new RangeError(`no shard for ${MARKED_ACCOUNT}, whose token is ${MARKED_TOKEN}`)
  await scene.inForce(mallory, client).catch(() => undefined)
  resourceFailure.current = null
  // A page of an old client, of an account that cannot be one.
  await screenOne(scene, `${MARKED_ACCOUNT}\n`)
  // The ledger, with what a PostgreSQL really throws.
  scene.line.failure = await databaseError()
  scene.line.line = 'refused'
  await scene.requestLease(mallory, signalId).catch(() => undefined)
  await scene.staff.status({ onlyHeld: false }).catch(() => undefined)
  await screenOne(scene, MARKED_ACCOUNT)
  await scene.clock.advance(1_000)
  await using restarted = await startedOn(scene)
  await restarted.refresh().catch(() => undefined)
  await restarted.disable().catch(() => undefined)
  scene.line.line = 'unreadable'
  await scene.staff.setModes(SetModes.parse({ guardMode: 'enforce', reason: 'go on' }))
  scene.line.line = 'up'
  await scene.clock.advance(1_000)
  return { lines, events }
}

/** Another node on the same ledger, whose line breaks right after it has read it: it cannot even listen. */
async function startedOn(scene: GuardScene) {
  scene.line.line = 'up'
  const guard = await scene.restarted()
  scene.line.line = 'refused'
  guard.start()
  return guard
}

/** One page with a reset flag in it, for an account, through the middleware of a real HTTP server. */
async function screenOne(scene: GuardScene, accountId: string): Promise<void> {
  const middleware = egressMiddleware(scene.guard.egress(mailStream), {
    read: () => ({ client: { accountId, sessionId: MARKED_TOKEN }, cursor: 'c0' }),
    withCursor: (url) => url,
  })
  const host = (_: IncomingMessage, response: ServerResponse) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ events: [{ at: 1, refresh: true }], next: 'c1', more: false }))
  }
  const server = createServer((request, response) => middleware(request, response, () => host(request, response)))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on TCP
  await (await fetch(`http://127.0.0.1:${port}/events`)).text()
  server.closeAllConnections()
  await new Promise((closed) => server.close(closed))
}

/** A value that is none, and a key that is there: their messages and details quote what was written. */
async function databaseError(): Promise<Error> {
  const database = await openMemoryPglite('ledger-tables')
  try {
    await database.script('CREATE TABLE client (account_id text PRIMARY KEY)')
    await database.query('INSERT INTO client VALUES ($1)', [MARKED_ACCOUNT])
    const errors = [
      await errorOf(database, 'SELECT $1::text::bigint'),
      await errorOf(database, 'INSERT INTO client VALUES ($1)'),
    ]
    return new AggregateError(errors, `Cannot judge ${MARKED_ACCOUNT}`)
  } finally {
    await database.close()
  }
}

async function errorOf(database: SqlDatabase, statement: string): Promise<Error> {
  const error: unknown = await database.query(statement, [MARKED_ACCOUNT]).catch((thrown: unknown) => thrown)
  if (error instanceof Error && JSON.stringify({ ...error, message: error.message }).includes(MARKED_ACCOUNT))
    return error
  throw new Error('the database was to fail and to quote the value', { cause: error })
}

test('whatever fails, no line of the log names an account, a client or a token, and a host may have them in clear', async () => {
  const hidden = await linesOfFailures('hidden')
  // Two tell of the ledger's incarnation, one of the machine's clock, two of a fleet that there is none of here: nothing that anybody wrote is in them.
  const failing = Object.keys(LOG_EVENTS).filter((event) => !/^ledger\.epoch|^node\.clock-off$|^share\./.test(event))
  expect([...hidden.events].toSorted()).toEqual(failing.toSorted())
  for (const mark of MARKS) expect(hidden.lines.filter((line) => line.includes(mark))).toEqual([])
  expect(hidden.lines.join('\n')).toMatch(/"account":"account:[0-9a-f]{8}"/)
  for (const code of ['22P02', '23505']) expect(hidden.lines.join('\n')).toContain(code)

  const clear = (await linesOfFailures('clear')).lines
  const shown = (...words: string[]) => clear.some((line) => words.every((word) => line.includes(word)))
  expect(shown('"event":"call.failed"', `"account":"${MARKED_ACCOUNT}"`)).toBe(true)
  for (const event of ['loop.failed', 'ledger.call-failed', 'egress.errand-failed']) {
    expect(shown(`"event":"${event}"`, MARKED_ACCOUNT), event).toBe(true)
  }
  expect(shown('23505', `Key (account_id)=(${MARKED_ACCOUNT}) already exists`)).toBe(true)
})
