import { randomUUID } from 'node:crypto'
import { createTidegate, type GuardKey, type Tidegate, trpcGuardApi } from '@tidegate/client'
import { memoryCache } from '@tidegate/client/memory'
import { type AccountId, CauseId } from '@tidegate/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readTags } from './support/crowd.ts'
import { eventually } from './support/eventually.ts'
import { inParallel } from './support/in-parallel.ts'
import { measured } from './support/measured.ts'
import { julyMigration, migrated } from './support/migrate.ts'
import { operatorOf, type ServerProcess, startServerProcess, temporaryDirectory } from './support/server-process.ts'
import { neighbourIds, openSessions, readSession, type Sessions } from './support/sessions.ts'
import { RELEASE_PLAN } from './support/undertakings.ts'
import { type Seen, startWireTap, type WireTap } from './support/wire-tap.ts'

// J4 seen from outside: whoever a signal is not for pays nothing, and whoever it is for pays one small exchange.
const NEIGHBOURS = 1_000
const OUTSIDERS = 50
const QUIET_CLIENTS = 10_000
const REQUEST_LIMIT_BYTES = 400
const ANSWER_LIMIT_BYTES = 1_200
const CAUSE = CauseId.parse('labels-2023-07')

const folder = temporaryDirectory()
const outsiderIds = neighbourIds(OUTSIDERS)
const insiderIds = neighbourIds(NEIGHBOURS).slice(OUTSIDERS)
/** The July migration, but for the outsiders: they are in no signal's audience. */
const file = julyMigration({
  'FROM mailbox.account)': `FROM mailbox.account WHERE account_id > '${outsiderIds.at(-1)}')`,
})

let server: ServerProcess
let tap: WireTap
let guardKeys: readonly GuardKey[]
let outsiders: Sessions
let insiders: Sessions
const clients: { readonly tidegate: Tidegate; readonly session: string }[] = []

/** One installation of the mail app: the SDK as it is, its requests through the tap. */
function openClient(accountId: AccountId, session: string): Tidegate {
  const tidegate = createTidegate({
    accountId,
    client: { clientId: randomUUID(), clientClass: 'web', appVersion: '5.1.0' },
    api: trpcGuardApi({ url: `${tap.url}/tidegate`, headers: () => ({ authorization: `Bearer ${session}` }) }),
    cache: memoryCache(),
    guardKeys,
    collections: ['messages', 'bodies'],
    channel: { post: () => {}, listen: () => () => {}, close: () => {} }, // one tab each
  })
  tidegate.start()
  clients.push({ tidegate, session })
  return tidegate
}

/** What every mail page does every now and then. */
async function readFolders(tidegate: Tidegate, session: string): Promise<void> {
  const response = await tidegate.fetch(`${tap.url}/api/folders`, { headers: { authorization: `Bearer ${session}` } })
  await response.arrayBuffer()
  expect(response.status).toBe(200)
}

const isOrdinary = ({ target }: Seen) => target === '/api/folders'
const isQuestion = ({ target }: Seen) => target.includes('inForce')

beforeAll(async () => {
  server = await startServerProcess({ dataDir: folder.path, accountCount: NEIGHBOURS, resourceCount: 4 })
  tap = await startWireTap(server.url)
  outsiders = await openSessions(server.url, outsiderIds)
  insiders = await openSessions(server.url, insiderIds)
  guardKeys = (await readSession(server.url, [...outsiders.values()][0] ?? '')).guardKeys
  await operatorOf(server.url).registerCause.mutate({
    causeId: CAUSE,
    kind: 'migration',
    title: 'Labels: rewrite messages',
    owner: 'mail-storage',
  })
})
afterAll(async () => {
  for (const { tidegate } of clients) await tidegate.stop()
  await tap[Symbol.asyncDispose]()
  await server.stop()
  folder[Symbol.dispose]()
})

test('10,000 clients outside the audience send not one request more, before, during and after a reset of everybody else', async () => {
  const logins = [...outsiders]
  const quiet = Array.from({ length: QUIET_CLIENTS }, (_, at) => {
    const [accountId, session] = logins[at % logins.length] ?? []
    if (accountId === undefined || session === undefined) throw new Error('There are no outsiders')
    return { tidegate: openClient(accountId, session), session }
  })
  const everybodyReadsFolders = () => inParallel(quiet, ({ tidegate, session }) => readFolders(tidegate, session))

  await everybodyReadsFolders()
  const migration = await migrated(server.url, file)
  expect(migration.accountCount).toBe(NEIGHBOURS - OUTSIDERS + 1)
  const canaryCount = (await readTags(server.url, insiders)).size
  expect(canaryCount).toBeGreaterThan(0)
  await everybodyReadsFolders()

  await operatorOf(server.url).approve.mutate({
    target: { kind: 'cause', causeId: CAUSE },
    plan: { ...RELEASE_PLAN, stages: RELEASE_PLAN.stages.slice(-1) },
    reason: 'The canaries found nothing different',
  })
  expect((await readTags(server.url, insiders)).size).toBe(insiders.size)
  await everybodyReadsFolders()
  // What a client asks goes out with the turn in which it was told: by the next answer it would have been seen.
  for (const { tidegate, session } of quiet.slice(0, 10)) await readFolders(tidegate, session)

  expect(quiet.filter(({ tidegate }) => !tidegate.isWorking || tidegate.progress.state !== 'current')).toEqual([])
  expect(tap.seen.filter(({ responseHeaders }) => 'tidegate-state' in responseHeaders)).toEqual([])
  expect(new Set(tap.seen.map(({ requestHeaders }) => requestHeaders['tidegate-client'])).size).toBe(QUIET_CLIENTS)
  expect(tap.seen.filter((seen) => !isOrdinary(seen))).toEqual([])
  expect(tap.seen).toHaveLength(3 * QUIET_CLIENTS + 10)
  measured(
    `${QUIET_CLIENTS} clients of ${OUTSIDERS} accounts outside the audience: 0 extra requests beside ${tap.seen.length} ordinary ones (canaries out: ${canaryCount}, then all ${insiders.size} insiders)`,
  )
})

test('a client that the signal is for is told by the tag, asks once, finds its cache equal, and fetches nothing (J4)', async () => {
  const questions: Seen[] = []
  for (const [accountId, session] of [...insiders].slice(0, 20)) {
    const tidegate = openClient(accountId, session)
    await tidegate.firstLoad()
    expect(tidegate.progress.result).toMatchObject({ outcome: 'resynced', itemCount: 6 })
    // The first load's own traffic ends with giving its lease back.
    const before = await eventually('the end of the first load’s lease', () =>
      tap.seen.at(-1)?.target.includes('endLease') ? tap.seen.length : null,
    )
    await readFolders(tidegate, session)
    await eventually('the end of the resync', () => (tidegate.progress.result?.outcome === 'consistent' ? true : null))
    await readFolders(tidegate, session)
    expect(tidegate.progress).toMatchObject({
      state: 'current',
      problem: null,
      result: { itemCount: 0, bytes: 0, signalIds: [expect.any(String)] },
    })
    const extra = tap.seen.slice(before).filter((seen) => !isOrdinary(seen))
    expect(extra.filter(isQuestion)).toHaveLength(1)
    // Beside the question there may only be the report, which waits for a request to go with.
    expect(extra.filter((seen) => !isQuestion(seen) && !seen.target.includes('report'))).toEqual([])
    questions.push(...extra.filter(isQuestion))
  }
  const requestBytes = Math.max(...questions.map((seen) => bytesOf(seen.requestBody)))
  const lineBytes = Math.max(...questions.map((seen) => bytesOf(`${seen.method} ${seen.target} HTTP/1.1\r\n`)))
  const answerBytes = Math.max(...questions.map((seen) => bytesOf(seen.responseBody)))
  measured(
    `question ${requestBytes} B of body and ${lineBytes} B of request line (at most ${REQUEST_LIMIT_BYTES}); answer ${answerBytes} B of body with signature and envelope (at most ${ANSWER_LIMIT_BYTES})`,
  )
  expect(requestBytes + lineBytes).toBeLessThanOrEqual(REQUEST_LIMIT_BYTES)
  expect(answerBytes).toBeLessThanOrEqual(ANSWER_LIMIT_BYTES)
})

function bytesOf(text: string): number {
  return Buffer.byteLength(text)
}
