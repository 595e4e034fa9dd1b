import { pretendRandom } from '@tidegate/protocol/testing'
import { expect, test } from 'vitest'
import { honoHost } from './hosts/hono-host.ts'
import { GuardedHouse } from './support/guarded-house.ts'
import { MailService } from './support/mail-events.ts'
import { OldMailClient } from './support/old-mail-client.ts'

const CAUSE = 'labels-2023-07'
const NODE_COUNT = 3
const SEED = 725

test('J11, J13: July 2023 with old clients only: lost responses, five minutes without a ledger, restarts, two sessions an account', async () => {
  await using house = await GuardedHouse.open({ nodeCount: NODE_COUNT })
  await house.register(CAUSE)
  const random = pretendRandom(SEED)
  const mail = new MailService()
  const handlers = Array.from({ length: NODE_COUNT }, (_, node) => honoHost(house.guard(node), mail))
  const clients = Array.from({ length: 240 }, (_, at) => {
    // Every second account has a phone and a laptop.
    const accountId = `account-${Math.floor(at / 3) * 2 + (at % 3 === 2 ? 1 : 0)}`
    return new OldMailClient(accountId, `session-${at}`, random)
  })
  const accountIds = [...new Set(clients.map(({ accountId }) => accountId))]
  const approvedAtS = 700
  const revokedAtS = 1_400
  let canaryCount = 0

  for (let nowS = 0; nowS < 1_700; nowS++) {
    await house.clock.advance(1_000)
    if (nowS === 60) for (const accountId of accountIds) mail.add(accountId, { refresh: true })
    // The ledger goes down twenty seconds into the burst, and once more in the middle of the release.
    house.isDatabaseDown = (nowS >= 80 && nowS < 380) || (nowS >= 900 && nowS < 960)
    if (nowS % 5 === 0) await house.refresh()
    if (nowS === 400 || nowS === 1_050) {
      const node = nowS % NODE_COUNT
      handlers[node] = honoHost(await house.restart(node), mail)
    }
    if (nowS === approvedAtS) {
      const { accountCount } = await house.proposed(CAUSE)
      expect(accountCount).toBe(accountIds.length)
      canaryCount = clients.filter(({ counts }) => counts.resetCount > 0).length
      // Twenty accounts of the cause's credit, two sessions each, and nobody else.
      expect(canaryCount).toBeLessThanOrEqual(40)
      await house.approve(CAUSE, 300_000)
    }
    if (nowS === revokedAtS) await house.revoke(CAUSE)
    // New mail all the time, to one account a second; whoever polls late must not miss any.
    mail.add(accountIds[Math.floor(random() * accountIds.length)] ?? fail(), { subject: `mail ${nowS}` })
    const polling = clients.filter((client) => client.isDue(nowS))
    await Promise.all(
      polling.map((client) => {
        const handler = handlers[Math.floor(random() * NODE_COUNT)] ?? fail()
        return client.poll(nowS, handler, random() < 0.15)
      }),
    )
  }
  // Whatever a client has not been told yet, it is told now.
  await Promise.all(clients.map((client) => client.poll(1_700, handlers[0] ?? fail(), false)))

  expect(canaryCount).toBeLessThan(clients.length / 2)
  expect(clients.reduce((sum, { lostResetCount }) => sum + lostResetCount, 0)).toBeGreaterThan(10)
  for (const client of clients) {
    const mails = mail.eventsAfter(client.accountId, 'event-0').events.filter(({ refresh }) => !refresh)
    expect({ ...client.counts, mails: [...client.received] }).toEqual({
      // One reset that arrived, and none after the client came back with the cursor of its page.
      resetCount: 1,
      rawFlagCount: 0,
      repeatedCount: 0,
      mails: mails.map(({ at }) => at),
    })
  }
})

test('J11: approved, resets reach a thousand old clients through the real edge as the plan convolved with their polls', async () => {
  const windowS = 300
  await using house = await GuardedHouse.open({ nodeCount: 2 })
  await house.register(CAUSE)
  const random = pretendRandom(SEED)
  const mail = new MailService()
  const handlers = [honoHost(house.guard(0), mail), honoHost(house.guard(1), mail)]
  const clients = Array.from({ length: 1_000 }, (_, at) => new OldMailClient(`account-${at}`, 'bridge', random))
  const startedAtS = 120
  for (const { accountId } of clients) mail.add(accountId, { refresh: true })
  for (let nowS = 0; nowS <= startedAtS + windowS + 41; nowS++) {
    await house.clock.advance(1_000)
    if (nowS === startedAtS) await house.approve(CAUSE, windowS * 1_000)
    else if (nowS % 5 === 0) await house.refresh()
    const polling = clients.filter((client) => client.isDue(nowS))
    await Promise.all(polling.map((client, at) => client.poll(nowS, handlers[at % 2] ?? fail(), false)))
  }
  const afterS = clients.flatMap(({ resetAtS }) =>
    resetAtS !== null && resetAtS >= startedAtS ? [resetAtS - startedAtS] : [],
  )
  expect(afterS.length).toBeGreaterThanOrEqual(clients.length - 20)
  expect(distanceFromPlan(afterS, windowS)).toBeLessThan(0.01 + 1.63 / Math.sqrt(afterS.length))
})

/** Kolmogorov–Smirnov, against a uniform window convolved with the time to the next of polls that are 20 to 40 s apart. */
function distanceFromPlan(afterS: readonly number[], windowS: number): number {
  const sorted = afterS.toSorted((left, right) => left - right)
  const atOrBefore = (s: number) => sorted.filter((value) => value <= s).length / sorted.length
  // Polls happen on whole seconds here, so that is where the curves are compared.
  const distances = Array.from({ length: windowS + 41 }, (_, s) => {
    const planned = (pollIntegral(s + 0.5) - pollIntegral(s + 0.5 - windowS)) / windowS
    return Math.abs(planned - atOrBefore(s))
  })
  return Math.max(...distances)
}

/** Integral of the share of clients that poll within s seconds: the residual life of steps uniform on [20, 40). */
function pollIntegral(s: number): number {
  if (s <= 0) return 0
  const within = Math.min(s, 20)
  const beyond = Math.min(Math.max(0, s - 20), 20)
  return (within ** 2 / 2 + 20 * beyond + beyond ** 2 / 2 - beyond ** 3 / 120) / 30 + Math.max(0, s - 40)
}

function fail(): never {
  throw new Error('there is no such one')
}
