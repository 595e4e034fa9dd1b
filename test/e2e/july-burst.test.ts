import { cpSync } from 'node:fs'
import path from 'node:path'
import { CauseId } from '@tidegate/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { accountsByCause, askEverybody } from './support/crowd.ts'
import {
  countByResource,
  type MailboxRow,
  readMailboxRows,
  readResourceOf,
  withDatabase,
} from './support/mailbox-rows.ts'
import { measured } from './support/measured.ts'
import { julyCopy, migrated, tidegateMigrateJuly } from './support/migrate.ts'
import { operatorOf, startServerProcess, temporaryDirectory } from './support/server-process.ts'
import { neighbourIds, openOwnerSession, openSessions, type Sessions } from './support/sessions.ts'

// The July incident (J1, J3, J4) against the built server: 5,000 neighbours on 4 resources, and the owner's mailbox.
const NEIGHBOURS = 5_000
const RESOURCES = 4
const ACCOUNTS = NEIGHBOURS + 1
const MAILS = 629
const maildir = process.env.TIDEGATE_TEST_MAILDIR

const folder = temporaryDirectory()
const seeded = path.join(folder.path, 'seeded')
let sessions: Sessions
let rowsBefore: ReadonlyMap<string, MailboxRow>
let resourceOf: ReadonlyMap<string, string>

const start = (dataDir: string) =>
  startServerProcess({
    dataDir,
    accountCount: NEIGHBOURS,
    resourceCount: RESOURCES,
    ...(maildir !== undefined && { mailboxPath: maildir }),
  })

/** A copy of the seeded data directory, of a server that was stopped. */
function freshDataDir(name: string): string {
  const dataDir = path.join(folder.path, name)
  cpSync(seeded, dataDir, { recursive: true })
  return dataDir
}

beforeAll(async () => {
  await using server = await start(seeded)
  const owner = await openOwnerSession(server)
  sessions = new Map([
    ...(await openSessions(server.url, neighbourIds(NEIGHBOURS))),
    [owner.accountId, owner.session] as const,
  ])
  await server.stop()
  await withDatabase(seeded, async (database) => {
    rowsBefore = await readMailboxRows(database)
    resourceOf = await readResourceOf(database)
  })
})
afterAll(() => folder[Symbol.dispose]())

test.skipIf(maildir === undefined)('the owner’s 629 real mails are part of the scene (TIDEGATE_TEST_MAILDIR)', () => {
  const mails = [...rowsBefore.keys()].filter((place) => place.startsWith('message/mailbox-'))
  expect(mails).toHaveLength(MAILS)
})

test('the July migration reaches exactly its credit of accounts, spread over the resources, and changes nothing that clients store (G1)', async () => {
  const dataDir = freshDataDir('july')
  await using server = await start(dataDir)
  const operator = operatorOf(server.url)
  const title = 'Labels: rewrite messages'
  const causeId = CauseId.parse('labels-2023-07')
  await operator.registerCause.mutate({ causeId, kind: 'migration', title, owner: 'mail-storage' })

  const startedAtMs = performance.now()
  const migration = await tidegateMigrateJuly(server.url)
  const elapsedMs = performance.now() - startedAtMs
  expect(migration).toMatchObject({ outboxRowCount: 1, accountCount: ACCOUNTS, causeIds: [causeId] })

  const status = await operator.status.query({})
  const [cause] = status.causes
  const credit = cause?.credit.accountCount ?? 0
  expect(credit).toBe(Math.floor(20 + status.activeAccountCount / 10_000))
  expect(cause).toMatchObject({
    isRegistered: true,
    creditSpentAccountCount: credit,
    signals: [
      {
        state: 'held',
        verdict: { kind: 'hold', canaryAccountCount: credit, heldAccountCount: ACCOUNTS - credit },
        audienceAccountCount: ACCOUNTS,
        inForceAccountCount: credit,
      },
    ],
  })

  const told = await askEverybody(server.url, sessions)
  expect(told).toHaveLength(ACCOUNTS)
  const reached = told.filter(({ answer }) => answer.signals.length > 0)
  expect(reached).toHaveLength(credit)
  for (const { answer } of reached) {
    expect(answer.signals).toMatchObject([{ action: 'verify', scope: { kind: 'account' }, cause: { causeId, title } }])
  }
  // The tag of an ordinary response comes to these accounts, and to nobody else.
  const tagged = told.filter(({ tag }) => tag !== null)
  expect(tagged.map(({ accountId }) => accountId)).toEqual(reached.map(({ accountId }) => accountId))
  for (const { tag, answer } of reached) expect(answer.stateTag).toBe(tag)
  const spread = countByResource(
    reached.map(({ accountId }) => accountId),
    resourceOf,
  )
  expectEven(spread)

  await server.stop()
  const rowsAfter = await withDatabase(dataDir, readMailboxRows)
  expect(rowsAfter.size).toBe(rowsBefore.size)
  const unmoved = [...rowsAfter].filter(([place, row]) => row.revision !== (rowsBefore.get(place)?.revision ?? 0) + 1)
  const changed = [...rowsAfter].filter(([place, row]) => row.contentHash !== rowsBefore.get(place)?.contentHash)
  expect({ unmoved, changed }).toEqual({ unmoved: [], changed: [] })

  const predicted = cause?.signals[0]?.predicted ?? []
  const avoidedBytes = predicted.reduce((sum, { payloadBytes }) => sum + payloadBytes, 0)
  measured(`July migration of ${rowsAfter.size} rows in ${ACCOUNTS} accounts took ${Math.round(elapsedMs)} ms`)
  measured(
    `${reached.length} of ${ACCOUNTS} accounts in force (credit ${credit}), by resource ${shown(spread)}, ${ACCOUNTS - credit} held`,
  )
  measured(`predicted for the whole audience: ${(avoidedBytes / 1e9).toFixed(1)} GB over ${predicted.length} resources`)
})

test('ten copies of it that race under ten cause names reach the global credit of accounts, none of them twice (G1)', async () => {
  await using server = await start(freshDataDir('copies'))
  const operator = operatorOf(server.url)
  const causeIds = Array.from({ length: 10 }, (_, at) => CauseId.parse(`labels-copy-${at}`))
  for (const causeId of causeIds) {
    await operator.registerCause.mutate({ causeId, kind: 'migration', title: `Copy ${causeId}`, owner: 'mail-storage' })
  }
  const startedAtMs = performance.now()
  await Promise.all(causeIds.map((causeId) => migrated(server.url, julyCopy(causeId))))
  const elapsedMs = performance.now() - startedAtMs

  const status = await operator.status.query({})
  const credit = Math.floor(20 + status.activeAccountCount / 10_000)
  const globalCredit = status.globalCredit.accountCount
  expect(globalCredit).toBe(5 * credit)
  expect(status.globalCreditSpentAccountCount).toBe(globalCredit)
  const signals = status.causes.flatMap((cause) => cause.signals)
  expect(signals.map(({ causeId }) => causeId).sort()).toEqual([...causeIds].sort())
  for (const { verdict, inForceAccountCount, audienceAccountCount } of signals) {
    expect(audienceAccountCount).toBe(ACCOUNTS)
    expect(verdict).toMatchObject({ kind: 'hold', canaryAccountCount: inForceAccountCount })
    expect(verdict.heldAccountCount).toBe(ACCOUNTS - inForceAccountCount)
  }

  const told = await askEverybody(server.url, sessions)
  const reached = told.filter(({ answer }) => answer.signals.length > 0)
  expect(reached).toHaveLength(globalCredit)
  expect(reached.filter(({ answer }) => answer.signals.length !== 1)).toEqual([])
  for (const [causeId, accountIds] of accountsByCause(told)) {
    expect(accountIds.length, causeId).toBeLessThanOrEqual(credit)
  }
  const spread = countByResource(
    reached.map(({ accountId }) => accountId),
    resourceOf,
  )
  expectEven(spread)
  measured(
    `ten racing copies: ${reached.length} distinct accounts in force (global credit ${globalCredit}), by resource ${shown(spread)}, in ${Math.round(elapsedMs)} ms`,
  )
})

/** G1 spreads canaries over resources: none has more than one account more than another. */
function expectEven(spread: ReadonlyMap<string, number>): void {
  expect([...spread.keys()]).toHaveLength(RESOURCES)
  expect(Math.max(...spread.values()) - Math.min(...spread.values())).toBeLessThanOrEqual(1)
}

function shown(spread: ReadonlyMap<string, number>): string {
  return [...spread].map(([resource, count]) => `${resource} ${count}`).join(', ')
}
