import { setTimeout } from 'node:timers/promises'
import { pretendRandom } from '@tidegate/protocol/testing'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFailed, test } from 'vitest'
import { eventually } from './support/eventually.ts'
import { expectSameHeads, heldItems, storedItems } from './support/mail-content.ts'
import { type MailLives, openMailLives } from './support/mail-lives.ts'
import {
  blockDisk,
  openPanel,
  readAttempt,
  readDraft,
  shownState,
  untilEnded,
  untilState,
  useMail,
  writeDraft,
} from './support/mail-page.ts'
import { type MailReset, pagesByLife, resetBodies, signalStatus, untilReported } from './support/mail-reset.ts'
import { mailboxOf } from './support/mailbox-writer.ts'
import { measured } from './support/measured.ts'

// The browser's whole process group is killed, over and over, in each state in which the client works.

const maildir = process.env.TIDEGATE_TEST_MAILDIR
/** Kills of each working state. The gate makes a few; `pnpm soak` makes ten, which takes six minutes. */
const KILLS = Number(process.env.TIDEGATE_TEST_KILLS ?? 4)
/** Heavy enough for a page of 256 KiB to hold two of them: fetching some takes several pages. */
const HEAVY_BODY_BYTES = 100_000
const HEAVY_COUNT = 60
/** What is exchanged while the client finds out what differs. */
const SEARCHING = ['changesSince', 'digests', 'list'] as const
/** A page takes more than four seconds, so that a fetch is not over before it is killed, however busy the machine is. */
const SLOWLY = '?network=unmetered&rate=60000'
/** A page takes more than half a second: slow enough to be seen, fast enough to get to the proof. */
const STEADILY = '?network=unmetered&rate=400000'
/** The question what is in force, also where it travels in one request with an ordinary sync: whichever tRPC names first. */
const IN_FORCE = /\/tidegate\/[^?]*inForce/
const seed = Number(process.env.TIDEGATE_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31))
const random = pretendRandom(seed)

describe.skipIf(maildir === undefined)('the mail page, killed anywhere (TIDEGATE_TEST_MAILDIR)', () => {
  let lives: MailLives
  let page: Page
  let draft: string
  const kills = new Map<string, number>()
  let hasFailed = false

  // One device's story: what comes after a failure would tell of requests that were left held, and hide the first one.
  beforeEach(({ skip }) => {
    if (hasFailed) skip()
    onTestFailed(() => {
      hasFailed = true
    })
  })

  beforeAll(async () => {
    measured(`kills at random moments, TIDEGATE_TEST_SEED=${seed}`)
    lives = await openMailLives(maildir ?? '')
    const mailbox = mailboxOf(lives.server.url, lives.owner.session)
    for (let at = 0; at < HEAVY_COUNT; at++) {
      await mailbox.deliver({ subject: `Chart ${at}`, text: `${at} `.padEnd(HEAVY_BODY_BYTES, 'low water ') })
    }
    page = await lives.begin('?network=unmetered')
    await untilEnded(page)
    await page.getByTestId('compose').click()
    await page.getByTestId('draft-subject').fill('Unsent — “π ≈ 3,14”')
    draft = await writeDraft(page, 'Dear harbour master,\n')
    // The first reset of a day lets its canary out at once; the following ones are held, as repeated, and then approved.
    const first = await resetBodies(lives, page, { isLost: () => false })
    await useMail(page)
    await untilReported(lives, first)
  })

  afterAll(async () => {
    await lives?.[Symbol.asyncDispose]()
    measured(`kills by state: ${[...kills].map(([state, count]) => `${state} ${count}`).join(', ')}`)
  })

  /** Kills the browser while the page shows `state`, at a random moment within `withinMs` from when it did first. */
  async function killIn(state: string, withinMs: number): Promise<void> {
    await untilState(page, state)
    await setTimeout(random() * withinMs)
    expect(await shownState(page)).toBe(state)
    await lives.kill()
    kills.set(state, (kills.get(state) ?? 0) + 1)
  }

  /** Chromium again, with a call of the search held back. An ordinary sync that asks the same first is let through: the resync waits for its end. */
  async function beginHeldInSearch(call: string): Promise<{ release: () => void }> {
    let search = lives.tap.hold(callOf(call))
    page = await lives.begin()
    let lookCount = 0
    return eventually('the search on the wire', async () => {
      if (search.heldCount() === 0) return null
      if ((await shownState(page)) === 'catchingUp') return search
      // A page shows its state a little after it sent something: half a second of looks tells the two apart.
      lookCount += 1
      if (lookCount % 10 > 0) return null
      const passed = search
      search = lives.tap.hold(callOf(call))
      passed.release()
      return null
    })
  }

  /** Chromium again, until what was left undone is done and proven; everything is there, and nothing came twice but what was on its way. */
  async function untilWhole(reset: MailReset): Promise<{ bytes: number; againBytes: number }> {
    page = await lives.begin('?network=unmetered')
    const { begun: _, ...reports } = await untilReported(lives, reset)
    expect(reports).toMatchObject({ stuck: 0, failed: 0, stopped: 0, declined: 0 })
    expect((reports.resynced ?? 0) + (reports.consistent ?? 0)).toBe(1)
    await untilEnded(page)
    await expectSameHeads(lives, page)
    expect(await readDraft(page)).toBe(draft)
    expect(await readAttempt(page, lives.owner.accountId)).toBeNull()
    return expectFetchedOnce(reset)
  }

  /** The difference and at most one page for each life that ended while one was on its way: the last one it asked for. */
  function expectFetchedOnce(reset: MailReset): { bytes: number; againBytes: number } {
    const pages = pagesByLife(lives, reset)
    const bytes = pages.flat().reduce((sum, each) => sum + each.bytes, 0)
    const inFlight = pages.slice(0, -1).flatMap((life) => life.slice(-1))
    const inFlightBytes = inFlight.reduce((sum, each) => sum + each.bytes, 0)
    expect(bytes).toBeLessThanOrEqual(reset.lost.bytes + inFlightBytes)
    for (const [at, life] of pages.entries()) {
      const later = new Set(pages.slice(at + 1).flatMap((each) => each.flatMap(({ ids }) => ids)))
      for (const { ids } of life.slice(0, -1)) expect(ids.filter((id) => later.has(id))).toEqual([])
    }
    expect(new Set(pages.flat().flatMap(({ ids }) => ids))).toEqual(new Set(reset.lost.ids))
    return { bytes, againBytes: bytes - reset.lost.bytes }
  }

  test('killed while confirming, comparing, catching up, fetching and proving: each reset goes on where it was and ends proven (C1, C3, C5, C8)', async () => {
    const figures = { bytes: 0, lostBytes: 0, againBytes: 0 }
    for (let round = 0; round < KILLS; round++) {
      draft = await writeDraft(page, `round ${round}: ${'≈'.repeat(round)}\n`)
      // Five heavy ones fill three pages; which light ones get lost too is for chance to say.
      let heavyCount = 0
      const isLost = ({ payloadBytes }: { payloadBytes: number }) =>
        payloadBytes < HEAVY_BODY_BYTES ? random() < 0.03 : ++heavyCount <= 5
      const question = lives.tap.hold(IN_FORCE)
      const reset = await resetBodies(lives, page, { isLost })
      await useMail(page)
      await killIn('confirming', 300)

      // The life before may have been killed before its question got onto the wire.
      const heldBefore = question.heldCount()
      page = await lives.begin()
      await untilState(page, 'confirming')
      await eventually('the question on the wire', () => (question.heldCount() > heldBefore ? true : null))
      await blockDisk(page, lives.owner.accountId)
      question.release()
      await killIn('comparing', 300)

      const exchange = SEARCHING[round % SEARCHING.length] ?? 'list'
      const search = await beginHeldInSearch(exchange)
      await killIn('catchingUp', 300)
      search.release()

      page = await lives.begin(SLOWLY)
      await killIn('fetching', 600)

      const fetching = lives.tap.hold(callOf('fetch'))
      page = await lives.begin(STEADILY)
      await untilState(page, 'fetching')
      const proof = lives.tap.hold(callOf('changesSince'))
      fetching.release()
      await killIn('proving', 300)
      proof.release()

      const fetched = await untilWhole(reset)
      figures.bytes += fetched.bytes
      figures.lostBytes += reset.lost.bytes
      figures.againBytes += fetched.againBytes
    }
    measured(
      `${KILLS} resets killed five times each: ${figures.bytes} bytes fetched for a difference of ${figures.lostBytes}, ${figures.againBytes} of them again`,
    )
  })

  test('killed again and again while it cannot ask, while it asks the person and while it waits: none of them counts as an attempt (C5, C7)', async () => {
    const reset = await resetBodies(lives, page, { isLost: () => random() < 0.03, turnInMs: 30_000 })
    // However slowly this goes, the wait for the turn is followed by one for the lease.
    const firstLease = lives.tap.hold(/requestLease/)
    await useMail(page)
    for (let kill = 0; kill < KILLS; kill++) {
      if (kill > 0) page = await lives.begin()
      await killIn('waiting', 300)
    }
    firstLease.release()
    const cut = lives.tap.cut(IN_FORCE)
    for (let kill = 0; kill < KILLS; kill++) {
      page = await lives.begin()
      await killIn('noticed', 300)
    }
    cut.release()
    for (let kill = 0; kill < KILLS; kill++) {
      page = await lives.begin('?ask=always')
      await killIn('asking', 300)
    }
    // By now the turn has come: what is waited for is the wire.
    for (let kill = 0; kill < KILLS / 2; kill++) {
      const lease = lives.tap.cut(/requestLease/)
      page = await lives.begin()
      await killIn('waiting', 300)
      lease.release()
    }
    page = await lives.begin('?ask=always')
    await untilState(page, 'asking')
    expect(await readAttempt(page, lives.owner.accountId)).toMatchObject({ attemptCount: 0 })
    await lives.kill()
    const { bytes } = await untilWhole(reset)
    expect(bytes).toBe(reset.lost.bytes)
    measured(`${3.5 * KILLS} kills of one reset before it fetched: ${bytes} bytes fetched for a difference of ${bytes}`)
  })

  test('killed again and again in one long fetch, it never starts over (C1, C5)', async () => {
    const reset = await resetBodies(lives, page, {
      isLost: ({ payloadBytes }) => payloadBytes >= HEAVY_BODY_BYTES || random() < 0.5,
    })
    expect(reset.lost.ids.length).toBeGreaterThan(300)
    await lives.kill()
    for (let kill = 0; kill < KILLS; kill++) {
      // Every other time a page that was served is still on its way.
      const pageOnItsWay = kill % 2 === 0 ? null : lives.tap.holdAnswers(callOf('fetch'))
      page = await lives.begin(SLOWLY)
      if (pageOnItsWay) await eventually('a page on its way', () => (pageOnItsWay.heldCount() > 0 ? true : null))
      await killIn('fetching', 700)
      pageOnItsWay?.release()
    }
    const { bytes, againBytes } = await untilWhole(reset)
    expect(againBytes).toBeGreaterThan(0)
    measured(
      `one reset of ${reset.lost.ids.length} items killed ${KILLS} times while fetching: ${bytes} bytes fetched for a difference of ${reset.lost.bytes}, ${againBytes} of them again`,
    )
  })

  test('browser and server killed at once in the middle of a fetch: both come back, and it goes on where it was (C1, C5, G2)', async () => {
    let heavyCount = 0
    const reset = await resetBodies(lives, page, {
      isLost: ({ payloadBytes }) => payloadBytes >= HEAVY_BODY_BYTES && ++heavyCount <= 8,
    })
    await lives.kill()
    page = await lives.begin(SLOWLY)
    await untilState(page, 'fetching')
    await setTimeout(random() * 700)
    await Promise.all([lives.server.kill(), lives.kill()])
    await lives.restartServer()
    await untilWhole(reset)
  })

  test('killed again and again while it stops, it has stopped, and the cache is what the last page left (C1, G3)', async () => {
    for (let round = 0; round < KILLS; round++) {
      let count = 0
      const reset = await resetBodies(lives, page, { isLost: () => ++count === 1 + 50 * round })
      const slow = lives.tap.hold(callOf('fetch'))
      await useMail(page)
      await untilState(page, 'fetching')
      await eventually('the page on the wire', () => (slow.heldCount() > 0 ? true : null))
      await openPanel(page)
      await page.getByTestId('resync-pause').click()
      await untilState(page, 'paused')
      await lives.operator.revoke.mutate({
        target: { kind: 'signal', signalId: reset.signalId },
        reason: 'The bodies are all there',
      })
      await useMail(page)
      await page.getByTestId('resync-resume').click()
      await killIn('stopping', 300)
      slow.release()

      page = await lives.begin('?network=unmetered')
      await untilState(page, 'current')
      await eventually('the first sync', async () =>
        (await page.getByTestId('sync-note').textContent()) ? true : null,
      )
      expect(await shownState(page)).toBe('current')
      expect(await readAttempt(page, lives.owner.accountId)).toBeNull()
      expect(pagesByLife(lives, reset).flat()).toEqual([])
      expect(await readDraft(page)).toBe(draft)
    }
    // What is still lost comes with the next reset that is meant.
    const held = await heldItems(lives, page)
    expect(held.size).toBe(2 * (629 + HEAVY_COUNT) - KILLS)
  })

  test('killed five times without getting further, it stops, says so, and goes on when the person asks it to (C5)', async () => {
    const stillLost = KILLS
    const reset = await resetBodies(lives, page, { isLost: () => false })
    const fetching = lives.tap.hold(callOf('fetch'))
    await lives.kill()
    for (let kill = 0; kill < 5; kill++) {
      page = await lives.begin()
      await killIn('fetching', 300)
    }
    page = await lives.begin()
    await untilState(page, 'stuck')
    expect(await untilReported(lives, reset)).toMatchObject({ failed: 1 })
    await lives.kill()
    page = await lives.begin()
    await untilState(page, 'stuck')
    fetching.release()
    // A life may have been killed before its page got onto the wire; the sixth asked for none.
    expect(fetching.heldCount()).toBeLessThanOrEqual(5)
    expect(await readDraft(page)).toBe(draft)
    await openPanel(page)
    expect(await page.getByTestId('resync-detail').textContent()).toContain('interrupted five times')
    await page.getByTestId('resync-retry').click()
    await untilEnded(page)
    expect((await signalStatus(lives, reset.signalId))?.reports).toMatchObject({ failed: 1, stuck: 0 })
    await expectSameHeads(lives, page)
    expect(
      pagesByLife(lives, reset)
        .flat()
        .flatMap(({ ids }) => ids),
    ).toHaveLength(stillLost)
  })

  test('after all that the device holds what the server does, item by item, payloads too', async () => {
    const held = await heldItems(lives, page)
    await lives.kill()
    await lives.server.stop()
    const stored = await storedItems(lives.dataDir, lives.owner.accountId)
    expect(held.size).toBe(2 * (629 + HEAVY_COUNT))
    expect(held).toEqual(stored)
    measured(
      `${held.size} items equal after ${[...kills.values()].reduce((sum, count) => sum + count, 0)} kills in ${lives.startCount} lives`,
    )
  })
})

/** Requests that carry this call of the guard, and not the question that comes before all others. */
function callOf(name: string): RegExp {
  return new RegExp(`/tidegate/(?!.*inForce)[^?]*${name}`)
}
