import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from './support/eventually.ts'
import { guardCallsOf } from './support/guard-calls.ts'
import { type MailLives, openMailLives, tabOf } from './support/mail-lives.ts'
import { untilEnded, untilState } from './support/mail-page.ts'
import { resetBodies, untilReported } from './support/mail-reset.ts'
import { measured } from './support/measured.ts'

// Hints to the mail page over Server-Sent Events: one connection for all tabs, and sooner than any ordinary response.

const maildir = process.env.TIDEGATE_TEST_MAILDIR
const ASKING = '?ask=always'

describe.skipIf(maildir === undefined)('hints to the mail page (TIDEGATE_TEST_MAILDIR)', () => {
  let lives: MailLives
  let working: Page
  let other: Page
  const failed: string[] = []

  beforeAll(async () => {
    lives = await openMailLives(maildir ?? '', { hasHints: true })
    working = await lives.begin(ASKING)
    working.on('requestfailed', (request) => failed.push(`${request.url()} ${request.failure()?.errorText}`))
    await untilEnded(working)
    other = await lives.openTab(ASKING)
    await untilState(other, 'current')
  })

  afterAll(async () => {
    await lives?.[Symbol.asyncDispose]()
  })

  const listening = () => [...lives.tap.streams].map(tabOf)

  test('a first load gives no request up, and of two tabs the one that works listens (C9)', async () => {
    expect(failed).toEqual([])
    await eventually('a connection', () => (listening().length > 0 ? true : null))
    expect(listening()).toEqual(['life 1 tab 1'])
  })

  test('a signal and its revoke are heard while no ordinary response tells of either, and nothing is drawn (G3)', async () => {
    // As on a page that nobody uses: its next ordinary request is a long way off.
    const ordinary = lives.tap.hold(/^\/api\//)
    const apiCount = () => lives.tap.seen.filter(({ target }) => target.startsWith('/api/')).length
    const before = apiCount()
    const reset = await resetBodies(lives, working, { isLost: ({ payloadBytes }) => payloadBytes > 0 })
    await Promise.all([untilState(working, 'asking'), untilState(other, 'asking')])
    await lives.operator.revoke.mutate({ target: { kind: 'signal', signalId: reset.signalId }, reason: 'Not needed' })
    await Promise.all([untilState(working, 'current'), untilState(other, 'current')])
    expect(apiCount()).toBe(before)
    expect(await untilReported(lives, reset)).toMatchObject({ begun: 0, stopped: 1 })
    const calls = guardCallsOf(lives.tap.seen.slice(reset.fromSeen))
    expect(calls.filter(({ name }) => ['requestLease', 'fetch'].includes(name))).toEqual([])
    const ofTheOther = calls.filter(({ seen }) => tabOf(seen) !== 'life 1 tab 1').map(({ name }) => name)
    // Every tab draws the ordinary changes that it hears of; what a signal asks for is one tab’s.
    expect(ofTheOther.filter((name) => name !== 'changesSince')).toEqual([])
    measured(
      `a signal and its revoke heard by hints alone: ${calls.filter(({ name }) => name === 'inForce').length} questions, ${ordinary.heldCount()} ordinary requests waiting`,
    )
    ordinary.release()
  })

  test('the other tab listens once the first is closed (C9)', async () => {
    await working.close()
    await eventually("the other tab's connection", () => (listening().includes('life 1 tab 2') ? true : null))
    expect(listening()).toEqual(['life 1 tab 2'])
  })
})
