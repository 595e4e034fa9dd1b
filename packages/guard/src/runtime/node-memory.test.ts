import { Epoch } from '@tidegate/protocol'
import { PretendClock } from '@tidegate/protocol/testing'
import { expect, test } from 'vitest'
import type { EpochReading, LedgerSnapshot } from '../core/ledger.ts'
import { NodeMemory } from './node-memory.ts'

/** A node's memory over reads of the ledger that end when, and as, the test says. */
function aMemory() {
  const clock = new PretendClock(5_000)
  const reads: { readonly sinceRevision: number | null; readonly end: (told: LedgerSnapshot | null) => void }[] = []
  let epoch = Epoch.parse('e1')
  const news: EpochReading[] = []
  const ledger = {
    readEpoch: async () => ({ epoch, begun: null }),
    snapshot: (sinceRevision: number | null) =>
      new Promise<LedgerSnapshot | null>((end) => reads.push({ sinceRevision, end })),
  }
  let systemNowMs = 0
  const memory = new NodeMemory(ledger, clock, {
    wallNowMs: () => 0,
    systemNowMs: () => systemNowMs,
    onNewEpoch: (reading) => news.push(reading),
  })
  return {
    clock,
    reads,
    memory,
    news,
    setTimeOfDay: (ms: number) => {
      systemNowMs = ms
    },
    setEpoch: (text: string) => {
      epoch = Epoch.parse(text)
    },
    /** Ends the read that was begun as the `at`-th, as soon as it has asked. */
    async end(at: number, told: LedgerSnapshot | null) {
      await clock.advance(0)
      reads[at]?.end(told)
    },
  }
}

function aSnapshot(revision: number, guardMode: 'enforce' | 'off', epoch = 'e1'): LedgerSnapshot {
  return {
    epoch: Epoch.parse(epoch),
    revision,
    modes: { guardMode, clientMode: 'enforce' },
    keys: [],
    switches: [],
    signals: [],
  }
}

test('a read that began earlier and ends later undoes nothing that a newer one learned (G3)', async () => {
  const { end, memory } = aMemory()
  const earlier = memory.refresh()
  const later = memory.refresh()
  await end(1, aSnapshot(8, 'off'))
  await later
  await end(0, aSnapshot(7, 'enforce'))
  await earlier
  expect(memory.knowledge()?.modes.guardMode).toBe('off')
})

test('a ledger that was restored from a backup is believed, although its revisions go back (G3)', async () => {
  const { reads, end, memory } = aMemory()
  const before = memory.refresh()
  await end(0, aSnapshot(90, 'enforce'))
  await before
  const restored = memory.refresh()
  await end(1, aSnapshot(40, 'enforce'))
  await restored
  const decided = memory.refresh()
  await end(2, aSnapshot(41, 'off'))
  expect(reads[2]?.sinceRevision).toBe(40)
  await decided
  expect(memory.knowledge()?.modes.guardMode).toBe('off')
})

test('what is known is as old as the beginning of the read that told it, and after a lease term it is nothing (G8)', async () => {
  const { clock, end, memory } = aMemory()
  expect(memory.knowledge()).toBeNull()
  const reading = memory.refresh()
  await clock.advance(1_500)
  await end(0, aSnapshot(1, 'enforce'))
  await reading
  expect(memory.knowledge()?.ageMs).toBe(1_500)
  await clock.advance(8_499)
  expect(memory.knowledge()?.ageMs).toBe(9_999)
  await clock.advance(1)
  expect(memory.knowledge()).toBeNull()
})

test('in another epoch the same revision is of other decisions, so everything is read again (G3)', async () => {
  const { reads, end, memory, news, setEpoch } = aMemory()
  const before = memory.refresh()
  await end(0, aSnapshot(41, 'enforce'))
  await before
  setEpoch('e2')
  const after = memory.refresh()
  await end(1, aSnapshot(41, 'off', 'e2'))
  await after
  expect(reads[1]?.sinceRevision).toBeNull()
  expect(memory.knowledge()).toMatchObject({ epoch: 'e2', modes: { guardMode: 'off' } })
  expect(news).toEqual([{ epoch: 'e2', begun: null }])
})

test('a read that hears of nothing new makes what is known young again (G8)', async () => {
  const { clock, end, memory } = aMemory()
  const first = memory.refresh()
  await end(0, aSnapshot(1, 'enforce'))
  await first
  await clock.advance(6_000)
  const second = memory.refresh()
  await end(1, null)
  await second
  expect(memory.knowledge()).toMatchObject({ ageMs: 0, modes: { guardMode: 'enforce' } })
})

test('what the ledger could tell in part only is asked for whole, although nothing has changed since', async () => {
  const { reads, end, memory } = aMemory()
  const inPart = memory.refresh()
  await end(0, { ...aSnapshot(7, 'enforce'), isPartial: true })
  await inPart
  const whole = memory.refresh()
  await end(1, aSnapshot(7, 'enforce'))
  await whole
  const again = memory.refresh()
  await end(2, null)
  await again
  expect(reads.map(({ sinceRevision }) => sinceRevision)).toEqual([null, null, 7])
})

test('a node whose machine stood still confirms nothing from before, also where its monotonic clock did not go on (G8)', async () => {
  const { end, memory, setTimeOfDay } = aMemory()
  const read = memory.refresh()
  await end(0, aSnapshot(1, 'enforce'))
  await read
  setTimeOfDay(9_999)
  expect(memory.knowledge()?.ageMs).toBe(9_999)
  setTimeOfDay(10_000)
  expect(memory.knowledge()).toBeNull()
  const again = memory.refresh()
  await end(1, null)
  await again
  expect(memory.knowledge()?.ageMs).toBe(0)
  setTimeOfDay(-3_600_000)
  expect(memory.knowledge()?.ageMs).toBe(0)
})
