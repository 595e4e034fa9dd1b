import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from './support/eventually.ts'
import { guardCallsOf } from './support/guard-calls.ts'
import { expectSameHeads } from './support/mail-content.ts'
import { type MailLives, openMailLives, tabOf } from './support/mail-lives.ts'
import {
  openPanel,
  readAttempt,
  readDraft,
  shownPanel,
  untilEnded,
  untilState,
  useMail,
  writeDraft,
} from './support/mail-page.ts'
import { type MailReset, resetBodies, untilReported } from './support/mail-reset.ts'
import { mailboxOf } from './support/mailbox-writer.ts'
import { measured } from './support/measured.ts'

// Two tabs of the mail page in one browser: one works, both show it, and whichever is left goes on (C9).

const maildir = process.env.TIDEGATE_TEST_MAILDIR
const HEAVY_BODY_BYTES = 100_000
const HEAVY_COUNT = 20
const SLOWLY = '?network=unmetered&rate=400000'
const ASKING = ['inForce', 'requestLease', 'renewLease']
const ELSEWHERE = 'Another tab is working; this one shows how far it is.'

describe.skipIf(maildir === undefined)('two tabs of the mail page (TIDEGATE_TEST_MAILDIR)', () => {
  let lives: MailLives
  /** The tab that has been there longest, and so the one that works. */
  let working: Page
  let other: Page

  beforeAll(async () => {
    lives = await openMailLives(maildir ?? '')
    const mailbox = mailboxOf(lives.server.url, lives.owner.session)
    for (let at = 0; at < HEAVY_COUNT; at++) {
      await mailbox.deliver({ subject: `Chart ${at}`, text: `${at} `.padEnd(HEAVY_BODY_BYTES, 'low water ') })
    }
    working = await lives.begin()
    await untilEnded(working)
    other = await lives.openTab(SLOWLY)
    await untilState(other, 'current')
    await working.goto(`${lives.tap.url}/mail/${SLOWLY}`)
    // Reloading let go of the lock: the roles are the other way round now.
    ;[working, other] = [other, working]
    await untilState(other, 'current')
  })

  afterAll(async () => {
    await lives?.[Symbol.asyncDispose]()
  })

  /** All heavy bodies get lost; told to the tab that does not work, fetched by the one that does, up to its second page. */
  async function untilFetching(): Promise<{ readonly reset: MailReset; readonly page: { release(): void } }> {
    const reset = await resetBodies(lives, other, { isLost: ({ payloadBytes }) => payloadBytes >= HEAVY_BODY_BYTES })
    await useMail(other)
    await Promise.all([untilState(working, 'fetching'), untilState(other, 'fetching')])
    await eventually('a first page', () => (drawsOf(reset).some(({ ids }) => ids.length > 0) ? true : null))
    const page = lives.tap.hold(/\/tidegate\/[^?]*fetch/)
    await eventually('the next page on the wire', () => (page.heldCount() > 0 ? true : null))
    return { reset, page }
  }

  /** Questions, leases and pages, with the tab they came from, in the order asked; only pages name ids. */
  function drawsOf({
    fromSeen,
  }: MailReset): readonly { readonly tab: string; readonly askedAtMs: number; readonly ids: readonly string[] }[] {
    return guardCallsOf(lives.tap.seen.slice(fromSeen))
      .filter(({ name, input }) => (name !== 'fetch' ? ASKING.includes(name) : idsOf(input).length > 0))
      .map(({ input, seen }) => ({ tab: tabOf(seen), askedAtMs: seen.askedAtMs, ids: idsOf(input) }))
      .sort((left, right) => left.askedAtMs - right.askedAtMs)
  }

  /** The one that was left has ended it; every page was asked for by one tab, then by the other, never by both in turns. */
  async function expectHandedOver(left: Page, reset: MailReset): Promise<void> {
    const reports = await untilReported(lives, reset)
    expect(reports).toMatchObject({ resynced: 1, stuck: 0, failed: 0 })
    await untilEnded(left)
    await expectSameHeads(lives, left)
    expect(await readAttempt(left, lives.owner.accountId)).toBeNull()
    const draws = drawsOf(reset)
    const turns = draws.map(({ tab }) => tab).filter((tab, at, tabs) => tab !== tabs[at - 1])
    expect(turns).toHaveLength(2)
    const again = draws.flatMap(({ ids }) => ids).length - reset.lost.ids.length
    const largestPage = Math.max(...draws.map(({ ids }) => ids.length))
    expect(again).toBeLessThanOrEqual(largestPage)
    measured(
      `handed over from ${turns.join(' to ')}: ${reset.lost.ids.length} items, ${again} asked for again, a page is up to ${largestPage}`,
    )
  }

  test('both tabs show the same progress, and say which one works (C9)', async () => {
    const { reset, page } = await untilFetching()
    for (const each of [working, other]) await openPanel(each)
    const shown = await eventually('the same progress in both tabs', async () => {
      const [one, two] = await Promise.all([shownPanel(working), shownPanel(other)])
      return one.items === two.items && one.bytes === two.bytes ? { one, two } : null
    })
    expect(shown.one).toMatchObject({ state: 'fetching', line: 'Downloading what differs' })
    expect({ ...shown.two, detail: '', controls: [] }).toEqual({ ...shown.one, detail: '', controls: [] })
    expect(shown.one.items).toMatch(/^[1-9]\d* of 20 items$/)
    expect(shown.one.controls).toEqual(['Pause', 'Cancel'])
    expect(shown.two).toMatchObject({ detail: ELSEWHERE, controls: [] })
    expect(shown.one.detail).not.toBe(ELSEWHERE)
    page.release()
    await Promise.all([untilEnded(working), untilEnded(other)])
    expect(new Set(drawsOf(reset).map(({ tab }) => tab)).size).toBe(1)
    for (const each of [working, other]) await expectSameHeads(lives, each)
    const [one, two] = await Promise.all([shownPanel(working), shownPanel(other)])
    expect(two).toEqual(one)
    measured(`two tabs, ${drawsOf(reset).length} questions, leases and pages, all from one of them`)
  })

  test('the working tab is closed in the middle: the other one goes on and ends it proven (C9)', async () => {
    const { reset, page } = await untilFetching()
    await working.close()
    page.release()
    await expectHandedOver(other, reset)
  })

  test('the working tab crashes in the middle: the other one goes on and ends it proven (C9)', async () => {
    working = other
    other = await lives.openTab(SLOWLY)
    await untilState(other, 'current')
    const { reset, page } = await untilFetching()
    const devtools = await working.context().newCDPSession(working)
    const crashed = working.waitForEvent('crash')
    devtools.send('Page.crash').catch(() => undefined) // the renderer dies before it could answer
    await crashed
    page.release()
    await expectHandedOver(other, reset)
  })

  test('a working tab that the browser froze keeps its place, and both end proven when it thaws (C9)', async () => {
    working = other
    other = await lives.openTab(SLOWLY)
    await untilState(other, 'current')
    const { reset, page } = await untilFetching()
    const devtools = await working.context().newCDPSession(working)
    await devtools.send('Page.setWebLifecycleState', { state: 'frozen' })
    page.release()
    await untilState(other, 'fetching')
    await openPanel(other)
    expect(await shownPanel(other)).toMatchObject({ detail: ELSEWHERE })
    await devtools.send('Page.setWebLifecycleState', { state: 'active' })
    await untilReported(lives, reset)
    await Promise.all([untilEnded(working), untilEnded(other)])
    await expectSameHeads(lives, other)
    expect(new Set(drawsOf(reset).map(({ tab }) => tab)).size).toBe(1)
  })

  test('a draft is one and the same in all tabs: none writes older words over newer ones, or throws them away as empty (C3)', async () => {
    await working.getByTestId('compose').click()
    await working.waitForSelector('[data-testid="draft-editor"][data-saved="true"]')
    // Opened while the draft is still empty.
    const late = await lives.openTab(SLOWLY)
    await untilState(late, 'current')
    const words = await writeDraft(working, 'Dear harbour master,\n')
    await eventually('the words in the other tab', async () => ((await readDraft(late)) === words ? true : null))
    await late.getByTestId('draft-close').click()
    const more = await writeDraft(late, 'the tide is in.')
    expect(more).toContain(words)
    await eventually('more words in the first tab', async () => ((await readDraft(working)) === more ? true : null))
    await working.reload()
    expect(await readDraft(working)).toBe(more)
    await late.getByTestId('draft-discard').click()
    await working.getByTestId('draft-editor').waitFor({ state: 'detached' })
    await late.close()
  })
})

function idsOf(input: unknown): readonly string[] {
  const isPage = typeof input === 'object' && input !== null && 'ids' in input && 'leaseId' in input
  return isPage && Array.isArray(input.ids) ? input.ids.map(String) : []
}
