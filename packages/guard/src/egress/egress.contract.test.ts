import { type AccountId, Actor, Approve, Cause, Revoke, SetModes } from '@tidegate/protocol'
import { describe, expect, test } from 'vitest'
import type { Guard } from '../runtime/create-guard.ts'
import { ann, ben, GuardScene } from '../runtime/testing/guard-scene.ts'
import type { Egress } from './egress.ts'
import { CAUSE_ID, type MailEvent, type MailPage, mailPage, mailStream } from './testing/mail-stream.ts'

const REFRESH_MS = 60_000

/** A mail service whose event stream is behind guards, and the moves of its old clients. */
class OldMail implements AsyncDisposable {
  readonly log: MailEvent[] = [{ at: 1, subject: 'hello' }]
  readonly scene: GuardScene
  #egress: Egress<MailPage>

  private constructor(scene: GuardScene) {
    this.scene = scene
    this.#egress = scene.guard.egress(mailStream)
  }

  static async open(): Promise<OldMail> {
    const scene = await GuardScene.open()
    const cause = { causeId: CAUSE_ID, kind: 'migration', title: 'Rename labels', owner: 'mail-team' }
    await scene.staff.registerCause(Cause.parse(cause))
    return new OldMail(scene)
  }

  /** As after a restart, or on another node: nothing is remembered but what the ledger has. */
  async moveToAnotherNode(): Promise<Guard> {
    const guard = await this.scene.restarted()
    this.#egress = guard.egress(mailStream)
    return guard
  }

  async poll(accountId: AccountId, cursor: string | null, sessionId = 'phone'): Promise<MailPage> {
    const open = this.#egress.open({ client: { accountId, sessionId }, cursor })
    return open.screen(mailPage(this.log, open.cursor))
  }

  async approve(): Promise<void> {
    await this.scene.guard.refresh()
    const stage = { share: 1, bakeMs: 0, gate: { minReportCount: 1, maxFailureRatio: 1 } }
    const plan = { verifyWindowMs: 0, windowMs: 0, stages: [stage] }
    const target = { kind: 'cause', causeId: CAUSE_ID }
    await this.scene.staff.approve(Approve.parse({ target, plan, reason: 'compared by hand' }))
    await this.scene.guard.refresh()
  }

  async revoke(): Promise<void> {
    await this.scene.staff.revoke(Revoke.parse({ target: { kind: 'cause', causeId: CAUSE_ID }, reason: 'a bug' }))
  }

  /** What has been proposed: how often, and for how many accounts, counted by whoever decides. */
  async proposed(): Promise<{ signalCount: number; accountCount: number }> {
    await this.scene.line.ledger.judge(1_700_000_100_000, 10_000)
    const { causes } = await this.scene.line.ledger.overview(1_700_000_100_000)
    const totals = causes.flatMap((cause) => cause.totals)
    return {
      signalCount: totals.reduce((sum, each) => sum + each.signalCount, 0),
      accountCount: totals.reduce((sum, each) => sum + each.audienceAccountCount, 0),
    }
  }

  /** Sets the guard's mode; known here at once. */
  async setMode(guardMode: 'enforce' | 'observe' | 'off'): Promise<void> {
    await this.scene.guard
      .api({ kind: 'staff', actor: Actor.parse('olga'), roles: ['operator'] })
      .setModes(SetModes.parse({ guardMode, reason: 'test' }))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.scene[Symbol.asyncDispose]()
  }
}

describe('a flag that nobody approved', () => {
  test('is withheld and durable before the page leaves; everything else on the page passes (G2, J11)', async () => {
    await using mail = await OldMail.open()
    mail.log.push(
      { at: 2, refresh: true },
      { at: 3, subject: 'with a flag', refresh: true },
      { at: 4, subject: 'after' },
    )
    const page = await mail.poll(ann, 'c0')
    expect(page).toEqual({
      events: [
        { at: 1, subject: 'hello' },
        { at: 3, subject: 'with a flag' },
        { at: 4, subject: 'after' },
      ],
      next: 'c4',
      more: false,
    })
    expect(await mail.proposed()).toEqual({ signalCount: 1, accountCount: 1 })
  })

  test('does not leave while its recording is under way', async () => {
    await using mail = await OldMail.open()
    mail.log.push({ at: 2, refresh: true })
    mail.scene.line.line = 'frozen'
    let hasLeft = false
    const page = mail.poll(ann, 'c1').then((answer) => {
      hasLeft = true
      return answer
    })
    await mail.scene.clock.advance(1_000)
    expect(hasLeft).toBe(false)
    mail.scene.line.line = 'up'
    expect(await page).toMatchObject({ events: [], next: 'c2' })
    expect(await mail.proposed()).toEqual({ signalCount: 1, accountCount: 1 })
  })

  test.each(['refused', 'frozen'] as const)(
    'ends the page before itself while the ledger is %s, so that the client asks again and nothing is lost',
    async (line) => {
      await using mail = await OldMail.open()
      mail.log.push({ at: 2, subject: 'before' }, { at: 3, refresh: true }, { at: 4, subject: 'after' })
      mail.scene.line.line = line
      const polls = Promise.all([mail.poll(ann, 'c1'), mail.poll(ann, 'c2')])
      await mail.scene.clock.advance(2_500)
      expect(await polls).toMatchObject([
        { events: [{ at: 2, subject: 'before' }], next: 'c2' },
        { events: [], next: 'c2' },
      ])
      mail.scene.line.line = 'up'
      expect(await mail.poll(ann, 'c2')).toMatchObject({ events: [{ at: 4 }], next: 'c4' })
      expect(await mail.proposed()).toEqual({ signalCount: 1, accountCount: 1 })
    },
  )

  test('cannot be kept from a client without a cursor by a shorter page, so the client is told to come back', async () => {
    await using mail = await OldMail.open()
    mail.scene.line.line = 'refused'
    const open = mail.scene.guard.egress(mailStream).open({ client: { accountId: ann, sessionId: 's' }, cursor: null })
    await expect(open.screen({ events: [{ at: 1, refresh: true }], next: 'c1', more: false })).rejects.toMatchObject({
      denial: { kind: 'unavailable' },
    })
  })

  test('is proposed once, whatever sessions and nodes meet it, and a burst is a few proposals', async () => {
    await using mail = await OldMail.open()
    mail.log.push({ at: 2, refresh: true })
    const accounts = Array.from({ length: 2_500 }, (_, at) => `account-${at}` as AccountId) // names of the test's own
    await Promise.all(accounts.map((accountId) => mail.poll(accountId, 'c1')))
    await mail.moveToAnotherNode()
    await Promise.all(accounts.slice(0, 100).map((accountId) => mail.poll(accountId, 'c0', 'laptop')))
    const { signalCount, accountCount } = await mail.proposed()
    expect(accountCount).toBe(2_500)
    expect(signalCount).toBeLessThanOrEqual(4)
  })

  test('passes as it is, and is recorded, while the guard only observes; when it is off it only passes', async () => {
    await using mail = await OldMail.open()
    mail.log.push({ at: 2, refresh: true })
    await mail.setMode('off')
    expect((await mail.poll(ann, 'c1')).events).toEqual([{ at: 2, refresh: true }])
    await mail.setMode('observe')
    expect((await mail.poll(ben, 'c1')).events).toEqual([{ at: 2, refresh: true }])
    await mail.setMode('enforce')
    await expect.poll(() => mail.proposed()).toEqual({ signalCount: 1, accountCount: 1 })
  })
})

describe('a flag in force', () => {
  test('goes with every page until the client has it, and never again, on any node (J11)', async () => {
    await using mail = await flagged()
    const lost = await mail.poll(ann, 'c2')
    const got = await mail.poll(ann, 'c2')
    expect([lost.refreshBy?.length, got.refreshBy?.length]).toEqual([1, 1])
    expect(await mail.poll(ann, got.next)).not.toHaveProperty('refreshBy')
    await mail.moveToAnotherNode()
    const next = await mail.poll(ann, got.next)
    expect(next).not.toHaveProperty('refreshBy')
    mail.log.push({ at: 3, subject: 'more mail' })
    const later = await mail.poll(ann, next.next)
    expect(later.events).toEqual([{ at: 3, subject: 'more mail' }])
    expect(await mail.poll(ann, later.next)).not.toHaveProperty('refreshBy')
  })

  test('does not leave again for a request that comes late, after the client has it', async () => {
    await using mail = await flagged()
    const got = await mail.poll(ann, 'c2')
    await mail.poll(ann, got.next)
    await mail.moveToAnotherNode()
    expect(await mail.poll(ann, 'c2')).not.toHaveProperty('refreshBy')
  })

  test('goes to each session of an account, and to windows of a session that stand elsewhere', async () => {
    await using mail = await flagged()
    const polls = [
      await mail.poll(ann, 'c2', 'phone'),
      await mail.poll(ann, 'c2', 'laptop'),
      await mail.poll(ann, 'c1', 'laptop'),
    ]
    expect(polls.map(({ refreshBy }) => refreshBy?.length)).toEqual([1, 1, 1])
    for (const { next } of polls) expect(await mail.poll(ann, next, 'laptop')).not.toHaveProperty('refreshBy')
  })

  test('does not reset for ever a client that gets its cursors past the egress', async () => {
    await using mail = await flagged()
    let resetCount = 0
    for (let at = 100; at < 120; at++) if ((await mail.poll(ann, `c${at}`)).refreshBy) resetCount += 1
    expect(resetCount).toBe(8)
  })

  test('is not for a client that begins anew: it loads everything as it is', async () => {
    await using mail = await flagged()
    const { next } = await mail.poll(ann, null, 'new phone')
    expect(await mail.poll(ann, next, 'new phone')).not.toHaveProperty('refreshBy')
  })

  test('does not go out once it is revoked, not even from a node that has not heard of it (G3)', async () => {
    await using mail = await flagged()
    await mail.moveToAnotherNode()
    await mail.revoke()
    expect(await mail.poll(ann, 'c2')).not.toHaveProperty('refreshBy')
    await mail.scene.guard.refresh()
    mail.log.push({ at: 3, refresh: true })
    expect(await mail.poll(ann, 'c2')).toMatchObject({ events: [], next: 'c3' })
  })

  test('waits for its turn: the start of the release and the client’s position in the window', async () => {
    await using mail = await OldMail.open()
    mail.log.push({ at: 2, refresh: true })
    const accounts = Array.from({ length: 200 }, (_, at) => `account-${at}` as AccountId) // names of the test's own
    const cursors = await Promise.all(accounts.map(async (accountId) => (await mail.poll(accountId, 'c1')).next))
    await mail.scene.guard.refresh()
    const stage = { share: 1, bakeMs: 3_600_000, gate: { minReportCount: 1, maxFailureRatio: 1 } }
    const plan = { verifyWindowMs: 0, windowMs: REFRESH_MS, stages: [stage] }
    await mail.scene.staff.approve(
      Approve.parse({ target: { kind: 'cause', causeId: CAUSE_ID }, plan, reason: 'compared by hand' }),
    )
    const arrived: number[] = []
    for (let elapsedMs = 0; elapsedMs <= REFRESH_MS; elapsedMs += REFRESH_MS / 4) {
      await mail.scene.guard.refresh()
      const pages = await Promise.all(accounts.map((accountId, at) => mail.poll(accountId, cursors[at] ?? 'c0')))
      arrived.push(pages.filter(({ refreshBy }) => refreshBy).length)
      await mail.scene.clock.advance(REFRESH_MS / 4)
    }
    // The canaries at once; of the others a quarter each quarter of the window, within five and a half standard deviations.
    const [canaryCount = 0] = arrived
    const heldCount = accounts.length - canaryCount
    for (const [at, count] of arrived.entries())
      expect(Math.abs(count - canaryCount - (heldCount * at) / 4)).toBeLessThan(5.5 * Math.sqrt(heldCount / 4))
  })

  test('waits, and ordinary mail passes, while the ledger has been out of reach for a lease term (G8)', async () => {
    await using mail = await flagged()
    mail.log.push({ at: 3, subject: 'mail' }, { at: 4, refresh: true }, { at: 5, subject: 'more' })
    mail.scene.line.line = 'refused'
    await mail.scene.clock.advance(10_000)
    const page = await mail.poll(ann, 'c2')
    expect(page).toEqual({ events: [{ at: 3, subject: 'mail' }], next: 'c3', more: false })
    mail.scene.line.line = 'up'
    await mail.scene.guard.refresh()
    expect(await mail.poll(ann, page.next)).toMatchObject({ events: [{ at: 5 }], refreshBy: [expect.any(String)] })
  })
})

/** Ann's flag was met, withheld and approved; she stands at c2. */
async function flagged(): Promise<OldMail> {
  const mail = await OldMail.open()
  mail.log.push({ at: 2, refresh: true })
  await mail.poll(ann, 'c1')
  await mail.approve()
  return mail
}
