import type { CauseId } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import { eventually } from './support/eventually.ts'
import { fetchedIds, fetchesOf, guardCallsOf } from './support/guard-calls.ts'
import {
  COLLECTIONS,
  type MailScene,
  maildir,
  NEIGHBOUR_COUNT,
  openMailScene,
  panelText,
  untilPanel,
} from './support/mail-scene.ts'
import { readPayloadRows, withDatabase } from './support/mailbox-rows.ts'
import { measured } from './support/measured.ts'
import { ALL_AT_ONCE, proposeToEverybody } from './support/reset-proposal.ts'

const DAY_MS = 86_400_000
const ACCOUNT_COUNT = NEIGHBOUR_COUNT + 1

test.skipIf(maildir === undefined)(
  'a page in Chromium that waits for its turn never begins once the signal is revoked, and says so (G3, J10; TIDEGATE_TEST_MAILDIR)',
  async () => {
    await using scene = await openMailScene({ query: '?network=unmetered' })
    const { page, tap, operator } = scene
    const lost = await loseBodies(scene, 200)
    const causeId = await proposeToEverybody(scene)
    const from = tap.seen.length
    // A client's place in a window of six days is within its first minute once in 8,640 times.
    await approve(scene, causeId, { ...ALL_AT_ONCE, windowMs: 6 * DAY_MS })
    await useMail(scene)
    await untilPanel(page, { state: 'waiting' })
    const shown = await page.getByTestId('resync-line').textContent()
    expect(shown).toMatch(/^Your turn in /)

    const revoked = await operator.revoke.mutate({ target: { kind: 'cause', causeId }, reason: 'Not needed' })
    expect(revoked).toMatchObject({ signalCount: 1, neverBegunAccountCount: ACCOUNT_COUNT })
    await useMail(scene)
    await untilPanel(page, { state: 'current', outcome: 'stopped' })
    expect(await panelText(page)).toContain('The request was taken back before anything was downloaded.')
    expect(await reportsOf(scene, causeId, ({ stopped }) => stopped === 1)).toMatchObject({ begun: 0, stopped: 1 })

    // Nor does it begin when the page is opened again.
    await page.reload()
    await untilPanel(page, { state: 'current', outcome: 'none' })
    await eventually('the first sync of the reopened page', () => {
      const names = guardCallsOf(tap.seen.slice(from)).map(({ name }) => name)
      return names.filter((name) => name === 'changesSince').length >= 4 ? true : null
    })
    const calls = guardCallsOf(tap.seen.slice(from)).map(({ name }) => name)
    expect(calls.filter((name) => ['requestLease', 'renewLease', 'fetch'].includes(name))).toEqual([])
    const held = new Set<string>((await listOf(scene, 'bodies')).map(({ id }) => id))
    expect(lost.filter((id) => held.has(id))).toEqual([])
    measured(
      `revoked while waiting ("${shown}"): 0 leases asked for, 0 items fetched, ${revoked.neverBegunAccountCount} of ${ACCOUNT_COUNT} accounts never began`,
    )
  },
)

test.skipIf(maildir === undefined)(
  'a page in Chromium stops at its next page when the signal is revoked under way, and everything it holds is true and readable (C1, C2, G3; TIDEGATE_TEST_MAILDIR)',
  async () => {
    await using scene = await openMailScene({ query: '?network=unmetered&rate=400000' })
    const { page, tap, operator, owner, server, dataDir } = scene
    const { accountId } = owner
    const before = await listOf(scene, 'bodies')
    await loseBodies(scene, before.length)
    const causeId = await proposeToEverybody(scene)
    const from = tap.seen.length
    await approve(scene, causeId, ALL_AT_ONCE)
    await useMail(scene)
    await eventually('three pages', () => (fetchesOf(tap.seen.slice(from)).length >= 3 ? true : null))

    // The next page is on its way, and has not reached the server, when the signal is revoked.
    const gate = tap.hold(/^\/tidegate\/fetch\?/)
    await eventually('a page under way', () => (gate.heldCount() > 0 ? true : null))
    const servedBefore = fetchesOf(tap.seen.slice(from))
    const revoked = await operator.revoke.mutate({ target: { kind: 'cause', causeId }, reason: 'Not needed' })
    expect(revoked).toMatchObject({ signalCount: 1, neverBegunAccountCount: ACCOUNT_COUNT - 1 })
    gate.release()
    await untilPanel(page, { state: 'current', outcome: 'stopped' })
    expect(await panelText(page)).toContain('The request was taken back under way.')

    expect(await reportsOf(scene, causeId, ({ stopped }) => stopped === 1)).toMatchObject({ begun: 1, stopped: 1 })
    const { causes, resyncs } = await operator.status.query({})
    expect(resyncs).toEqual([])
    expect(causes.find(({ cause }) => cause.causeId === causeId)?.signals[0]).toMatchObject({
      state: 'revoked',
      inForceAccountCount: 0,
    })
    const served = fetchesOf(tap.seen.slice(from))
    expect(served).toHaveLength(servedBefore.length)
    const pagesDenied = guardCallsOf(tap.seen.slice(from)).filter(({ name, deniedAs }) => name === 'fetch' && deniedAs)
    expect(pagesDenied.map(({ deniedAs }) => deniedAs)).toEqual(['not-in-force'])

    const held = await listOf(scene, 'bodies')
    expect(new Set<string>(held.map(({ id }) => id))).toEqual(new Set(fetchedIds(served, 'bodies')))
    expect(held.length).toBeLessThan(before.length)
    for (const collection of COLLECTIONS) {
      const isTrue = await page.evaluate(([id, name]) => mailObserver.areDigestsTrue(id, name), [
        accountId,
        collection,
      ] as const)
      expect(isTrue).toBe(true)
    }
    const mails = await listOf(scene, 'messages')
    await server.stop()
    const rows = await withDatabase(dataDir, (database) => readPayloadRows(database, accountId))
    expect(mails).toHaveLength(rows.messages.size)
    for (const { id, ordinal, contentHash, payload } of held) {
      expect({ ordinal, contentHash, payload }).toEqual(rows.bodies.get(id))
    }
    measured(
      `revoked under way: ${served.length} pages served before, 0 after (the one on its way was denied), ${held.length} of ${before.length} bodies held and true, ${revoked.neverBegunAccountCount} accounts never began`,
    )
  },
)

/** The page makes an ordinary request, whose answer tells it when there is something to ask about. */
async function useMail({ page }: MailScene): Promise<void> {
  await page.evaluate(() => dispatchEvent(new Event('online')))
}

async function approve({ operator }: MailScene, causeId: CauseId, plan: typeof ALL_AT_ONCE): Promise<void> {
  await operator.approve.mutate({ target: { kind: 'cause', causeId }, plan, reason: 'The canaries were fine' })
}

function listOf({ page, owner }: MailScene, collection: string) {
  return page.evaluate(([id, name]) => mailObserver.list(id, name), [owner.accountId, collection] as const)
}

/** Bodies vanish from the cache, as by a bug of the app: no ordinary sync notices, only comparing does. */
async function loseBodies(scene: MailScene, count: number): Promise<readonly string[]> {
  const ids = (await listOf(scene, 'bodies')).slice(0, count).map(({ id }) => id)
  await scene.page.evaluate(([id, lost]) => mailObserver.lose(id, 'bodies', lost), [
    scene.owner.accountId,
    ids,
  ] as const)
  return ids
}

type Reports = Record<'begun' | 'stopped', number>

async function reportsOf({ operator }: MailScene, causeId: CauseId, areIn: (reports: Reports) => boolean) {
  return eventually('the reports at the server', async () => {
    const { causes } = await operator.status.query({})
    const reports = causes.find(({ cause }) => cause.causeId === causeId)?.signals[0]?.reports
    return reports !== undefined && areIn(reports) ? reports : null
  })
}
