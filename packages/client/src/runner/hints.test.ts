import { expect, test } from 'vitest'
import type { Hints } from '../edge/hints.ts'
import { PretendDevice } from '../testing-model/a-client.ts'
import { aSignal } from '../testing-model/model-server.ts'

/** Connections that a test speaks through, the open ones by the name of their tab. */
function pretendHints() {
  const open = new Map<string, { heard(): void; end(): void }>()
  const listenedAtMs: number[] = []
  const of = (tab: string, nowMs: () => number): Hints => ({
    listen: ({ heard, signal }) =>
      new Promise((resolve) => {
        listenedAtMs.push(nowMs())
        const end = () => {
          open.delete(tab)
          resolve()
        }
        open.set(tab, { heard, end })
        signal.addEventListener('abort', end, { once: true })
      }),
  })
  return { open, listenedAtMs, of }
}

const questions = (device: PretendDevice) => device.server.calls.filter(({ name }) => name === 'inForce').length

async function aDevice() {
  const device = new PretendDevice()
  await (await device.loaded(20)).stop()
  const hints = pretendHints()
  const openTab = (tab: string) => device.open({ hints: hints.of(tab, () => device.clock.nowMs()) })
  return { device, hints, openTab }
}

test('only the tab that works listens, and the next one does when it stops (C9)', async () => {
  const { device, hints, openTab } = await aDevice()
  const first = openTab('first')
  const second = openTab('second')
  await device.clock.advance(1_000)
  expect([...hints.open.keys()]).toEqual(['first'])
  await first.stop()
  await device.clock.advance(1_000)
  expect([...hints.open.keys()]).toEqual(['second'])
  await second.stop()
  expect([...hints.open.keys()]).toEqual([])
})

test('a hint makes the client ask, and what was revoked stops although no response told of it (G3)', async () => {
  const { device, hints, openTab } = await aDevice()
  for (let at = 1; at <= 20; at++) device.server.put('messages', `messages-${at}`, { ordinal: at, text: `v2-${at}` })
  device.forgetHistory()
  device.server.signals = [aSignal({ notBeforeInMs: 3_600_000 })]
  const tidegate = openTab('only')
  await device.clock.advance(100)
  hints.open.get('only')?.heard()
  await device.until(() => tidegate.progress.state === 'waiting', 'its turn being waited for')
  device.server.signals = []
  hints.open.get('only')?.heard()
  await device.untilEnded(tidegate, 'stopped')
  expect(device.server.fetchedIds).toEqual([])
})

test('a flood of forged hints is a question every five seconds, each answered, and nothing is drawn', async () => {
  const { device, hints, openTab } = await aDevice()
  openTab('only')
  await device.clock.advance(100)
  for (let elapsedMs = 0; elapsedMs < 60_000; elapsedMs += 10) {
    for (let at = 0; at < 10; at++) hints.open.get('only')?.heard()
    await device.clock.advance(10)
  }
  expect(questions(device)).toBeGreaterThan(5)
  expect(questions(device)).toBeLessThanOrEqual(13)
  expect(device.server.fetchedIds).toEqual([])
})

test('a connection that ends is made again after a pause that grows, and hints are heard on it', async () => {
  const { device, hints, openTab } = await aDevice()
  openTab('only')
  await device.clock.advance(100)
  const pausesMs: number[] = []
  for (let at = 0; at < 6; at++) {
    const endedAtMs = device.clock.nowMs()
    hints.open.get('only')?.end()
    await device.until(() => hints.open.has('only'), 'another connection')
    pausesMs.push((hints.listenedAtMs.at(-1) ?? 0) - endedAtMs)
  }
  for (const [at, pauseMs] of pausesMs.entries()) {
    expect(pauseMs).toBeGreaterThanOrEqual(2_500 * 2 ** at)
    expect(pauseMs).toBeLessThanOrEqual(5_000 * 2 ** at)
  }
  hints.open.get('only')?.heard()
  await device.until(() => questions(device) > 0, 'a question')
})

test('a tab that is stopped asks nothing of what it heard before (C2)', async () => {
  const { device, hints, openTab } = await aDevice()
  const tidegate = openTab('only')
  await device.clock.advance(100)
  hints.open.get('only')?.heard()
  await tidegate.stop()
  await device.clock.advance(60_000)
  expect(questions(device)).toBe(0)
})
