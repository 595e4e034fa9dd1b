import type { CauseId } from '@tidegate/protocol'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { eventually } from './support/eventually.ts'
import { fetchedIds, fetchesOf, guardCallsOf } from './support/guard-calls.ts'
import { type MailScene, maildir, openMailScene, untilPanel } from './support/mail-scene.ts'
import { measured } from './support/measured.ts'
import { ALL_AT_ONCE, proposeToEverybody } from './support/reset-proposal.ts'

test.skipIf(maildir === undefined)(
  'a yes to a question that was revoked meanwhile downloads nothing (C2, G3; TIDEGATE_TEST_MAILDIR)',
  async () => {
    await using scene = await openMailScene({ query: '?ask=always' })
    const { page, tap, operator } = scene
    await loseBodies(scene, 200)
    const causeId = await proposeToEverybody(scene)
    const from = tap.seen.length
    await approve(scene, causeId)
    await useMail(page)
    await untilPanel(page, { state: 'asking' })
    await operator.revoke.mutate({ target: { kind: 'cause', causeId }, reason: 'Not needed' })
    // The page has not heard of it yet: its question still stands.
    await page.getByTestId('consent-now').click()
    await untilPanel(page, { state: 'current', outcome: 'stopped' })
    expect(fetchesOf(tap.seen.slice(from))).toEqual([])
    const granted = guardCallsOf(tap.seen.slice(from)).filter(
      ({ name, deniedAs }) => name === 'requestLease' && deniedAs === null,
    )
    expect(granted).toEqual([])
  },
)

test.skipIf(maildir === undefined)(
  'a page that goes offline and is then reopened under way asks nobody again and brings nothing twice; two resets at once, and a cache with another salt, cost no payload (C1, C5, J4; TIDEGATE_TEST_MAILDIR)',
  { timeout: 180_000 },
  async () => {
    await using scene = await openMailScene({ query: '?ask=always&rate=150000' })
    const { page, context, tap, owner } = scene
    const { accountId } = owner
    const lost = await loseBodies(scene, 629)
    const from = tap.seen.length
    const first = await proposeToEverybody(scene)
    await approve(scene, first)
    await useMail(page)
    await untilPanel(page, { state: 'asking' })
    await page.getByTestId('consent-now').click()
    await eventually('a page', () => (fetchesOf(tap.seen.slice(from)).length >= 1 ? true : null))
    await context.setOffline(true)
    await untilPanel(page, { state: 'waiting' })
    await context.setOffline(false)
    await eventually('two more', () => (fetchesOf(tap.seen.slice(from)).length >= 3 ? true : null))
    await page.reload()
    await untilPanel(page, { state: 'current', outcome: 'resynced' })
    const brought = fetchedIds(fetchesOf(tap.seen.slice(from)), 'bodies')
    expect(new Set(brought)).toEqual(new Set(lost))
    const pages = fetchesOf(tap.seen.slice(from)).map(({ answer }) => answer.items.length)
    // What was under way when the network and the page went is brought again, and no more.
    expect(brought.length - lost.length).toBeLessThanOrEqual(2 * Math.max(...pages))
    measured(
      `offline and reopened under way: ${brought.length} bodies brought for ${lost.length} lost, in ${pages.length} pages, asked once`,
    )

    await scene.operator.revoke.mutate({ target: { kind: 'cause', causeId: first }, reason: 'Done' })
    const quietFrom = tap.seen.length
    await page.evaluate((id) => mailObserver.changeSalt(id), accountId)
    await page.reload()
    await untilPanel(page, { state: 'current' })
    const [one, other] = [await proposeToEverybody(scene, 'one'), await proposeToEverybody(scene, 'other')]
    await approve(scene, one)
    await approve(scene, other)
    await useMail(page)
    await untilPanel(page, { state: 'current', outcome: 'consistent' })
    expect(fetchesOf(tap.seen.slice(quietFrom))).toEqual([])
    for (const collection of ['messages', 'bodies']) {
      expect(
        await page.evaluate(([id, name]) => mailObserver.areDigestsTrue(id, name), [accountId, collection] as const),
      ).toBe(true)
    }
    await eventually('both reports', async () => {
      const { causes } = await scene.operator.status.query({})
      const signals = causes
        .filter(({ cause }) => [one, other].includes(cause.causeId))
        .flatMap(({ signals }) => signals)
      return signals.every(({ reports }) => reports.consistent === 1) ? true : null
    })
  },
)

async function useMail(page: Page): Promise<void> {
  await page.evaluate(() => dispatchEvent(new Event('online')))
}

async function approve({ operator }: MailScene, causeId: CauseId): Promise<void> {
  const target = { kind: 'cause', causeId } as const
  await operator.approve.mutate({ target, plan: ALL_AT_ONCE, reason: 'The canaries were fine' })
}

/** The newest bodies vanish from the cache, as by a bug of the app: only comparing notices. */
async function loseBodies({ page, owner }: MailScene, count: number): Promise<readonly string[]> {
  const { accountId } = owner
  const bodies = await page.evaluate((id) => mailObserver.list(id, 'bodies'), accountId)
  const ids = bodies.slice(0, count).map(({ id }) => id)
  await page.evaluate(([id, lost]) => mailObserver.lose(id, 'bodies', lost), [accountId, ids] as const)
  return ids
}
