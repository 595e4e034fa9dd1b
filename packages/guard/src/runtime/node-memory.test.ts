import { PretendClock } from '@tidegate/protocol/testing'
import { expect, test } from 'vitest'
import type { LedgerSnapshot } from '../core/ledger.ts'
import { NodeMemory } from './node-memory.ts'

/** A node's memory over reads of the ledger that end when, and as, the test says. */
function aMemory() {
  const clock = new PretendClock(5_000)
  const reads: { readonly sinceRevision: number | null; readonly end: (told: LedgerSnapshot | null) => void }[] = []
  const ledger = {
    snapshot: (sinceRevision: number | null) =>
      new Promise<LedgerSnapshot | null>((end) => reads.push({ sinceRevision, end })),
  }
  return { clock, reads, memory: new NodeMemory(ledger, clock) }
}

function aSnapshot(revision: number, guardMode: 'enforce' | 'off'): LedgerSnapshot {
  return { revision, modes: { guardMode, clientMode: 'enforce' }, signals: [] }
}

test('a read that began earlier and ends later undoes nothing that a newer one learned (G3)', async () => {
  const { reads, memory } = aMemory()
  const earlier = memory.refresh()
  const later = memory.refresh()
  reads[1]?.end(aSnapshot(8, 'off'))
  await later
  reads[0]?.end(aSnapshot(7, 'enforce'))
  await earlier
  expect(memory.knowledge()?.modes.guardMode).toBe('off')
})

test('a ledger that was restored from a backup is believed, although its revisions go back (G3)', async () => {
  const { reads, memory } = aMemory()
  const before = memory.refresh()
  reads[0]?.end(aSnapshot(90, 'enforce'))
  await before
  const restored = memory.refresh()
  reads[1]?.end(aSnapshot(40, 'enforce'))
  await restored
  const decided = memory.refresh()
  expect(reads[2]?.sinceRevision).toBe(40)
  reads[2]?.end(aSnapshot(41, 'off'))
  await decided
  expect(memory.knowledge()?.modes.guardMode).toBe('off')
})

test('what is known is as old as the beginning of the read that told it, and after a lease term it is nothing (G8)', async () => {
  const { clock, reads, memory } = aMemory()
  expect(memory.knowledge()).toBeNull()
  const reading = memory.refresh()
  await clock.advance(1_500)
  reads[0]?.end(aSnapshot(1, 'enforce'))
  await reading
  expect(memory.knowledge()?.ageMs).toBe(1_500)
  await clock.advance(8_499)
  expect(memory.knowledge()?.ageMs).toBe(9_999)
  await clock.advance(1)
  expect(memory.knowledge()).toBeNull()
})

test('a read that hears of nothing new makes what is known young again (G8)', async () => {
  const { clock, reads, memory } = aMemory()
  const first = memory.refresh()
  reads[0]?.end(aSnapshot(1, 'enforce'))
  await first
  await clock.advance(6_000)
  const second = memory.refresh()
  reads[1]?.end(null)
  await second
  expect(memory.knowledge()).toMatchObject({ ageMs: 0, modes: { guardMode: 'enforce' } })
})
