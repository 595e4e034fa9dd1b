import { pretendRandom } from '@tidegate/protocol/testing'
import { expect, test } from 'vitest'
import { approvedSignal, ModelEgress } from './testing/model-egress.ts'

// An old client of July 2023 polls every 20 s, plus 0 to 20 s of jitter (INCIDENTS J). Seconds here, so that figures read.
const POLL_S = 20
const JITTER_S = 20
const MEAN_S = POLL_S + JITTER_S / 2
const WINDOW_S = 600
const CLIENT_COUNT = 20_000

test('J11: released flags arrive as the plan says, one poll later: the curve is the plan convolved with the poll delay', () => {
  const random = pretendRandom(725)
  const egress = new ModelEgress()
  const startedAtS = 1_000
  egress.signals = [approvedSignal('signal-1', { startedAtMs: startedAtS * 1000, windowMs: WINDOW_S * 1000 })]
  const arrivedAfterS: number[] = []
  for (let at = 0; at < CLIENT_COUNT; at++) {
    const who = { accountId: `account-${at}`, clientId: `client-${at}` }
    // Far enough before the release that nobody remembers when it began to poll.
    let nowS = startedAtS - 10 * MEAN_S + random() * MEAN_S
    while (egress.poll(who, '0', nowS * 1000).flags.length === 0) nowS += POLL_S + random() * JITTER_S
    arrivedAfterS.push(nowS - startedAtS)
  }
  const distance = kolmogorovSmirnov(arrivedAfterS, plannedShare)
  expect(distance).toBeLessThan(0.01 + 1.63 / Math.sqrt(CLIENT_COUNT))
  // The test can tell: a window that is a twentieth longer is another curve.
  expect(kolmogorovSmirnov(arrivedAfterS, (s) => plannedShare(s / 1.05))).toBeGreaterThan(
    0.01 + 1.63 / Math.sqrt(CLIENT_COUNT),
  )
})

/** Share of the clients whose flag has arrived so long after the start: the uniform window convolved with the poll delay. */
function plannedShare(s: number): number {
  return (delayIntegral(s) - delayIntegral(s - WINDOW_S)) / WINDOW_S
}

/**
 * Integral from 0 to s of the share of clients that poll within so long: the residual life of a renewal process whose
 * steps are uniform on [20, 40) s. Its density is (1 - F(x)) / mean, F being the steps' distribution.
 */
function delayIntegral(s: number): number {
  if (s <= 0) return 0
  const within = Math.min(s, POLL_S)
  const beyond = Math.min(Math.max(0, s - POLL_S), JITTER_S)
  const steady = within ** 2 / (2 * MEAN_S)
  const falling = (POLL_S * beyond + beyond ** 2 / 2 - beyond ** 3 / (6 * JITTER_S)) / MEAN_S
  return steady + falling + Math.max(0, s - POLL_S - JITTER_S)
}

/** The largest distance between the sample's cumulative curve and the expected one. */
function kolmogorovSmirnov(sample: readonly number[], shareBy: (value: number) => number): number {
  const sorted = sample.toSorted((left, right) => left - right)
  return sorted.reduce((largest, value, at) => {
    const expected = shareBy(value)
    return Math.max(largest, Math.abs(expected - at / sorted.length), Math.abs(expected - (at + 1) / sorted.length))
  }, 0)
}
