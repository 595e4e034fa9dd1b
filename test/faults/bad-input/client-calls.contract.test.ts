import { expect, test } from 'vitest'
import { Bombardment, type Salvo } from './bombard.ts'
import { CLIENT_CALLS } from './calls.ts'
import { openClientScene } from './client-scene.ts'
import { openHouse, proposeTo } from './house.ts'
import { expectGoodAnswers, expectSoundLedger } from './invariants.ts'
import { report, seed } from './seed.ts'

/** With what staff sends in the gate, and clocks and raw bodies, more than a hundred thousand inputs. */
const WAVE_COUNT = 46
const COUNT_PER_WAVE = 200
const DRAWING: readonly string[] = CLIENT_CALLS.filter((call) => call !== 'requestLease' && call !== 'endLease')

test('whatever clients send, each call is answered or typed as denied, and the ledger stays sound (G1, G2, G7)', async () => {
  await using house = await openHouse()
  using bombardment = new Bombardment(house, seed)
  const signalId = await proposeTo(house, 'labels', ['ann', 'ben'])
  for (let wave = 0; wave < WAVE_COUNT; wave++) {
    // Longer than a term and than anybody is told to wait: what was granted in the wave before is free again.
    await house.clock.advance(70_000)
    house.wallNowMs += 70_000
    await house.guard.refresh()
    const fields = await openClientScene(house, signalId)
    const salvos = CLIENT_CALLS.map((call): Salvo => ({ call, count: COUNT_PER_WAVE, fields }))
    // A new lease of the client takes the place of the one that others draw on, and an end takes it away: last, one by one.
    for (const calls of [DRAWING, ['requestLease'], ['endLease']]) {
      await bombardment.wave(salvos.filter(({ call }) => calls.includes(call)))
    }
    if (wave === 0) await bombardment.huge(salvos)
  }
  report('client calls', Object.fromEntries(bombardment.tally.counts))
  expectGoodAnswers(bombardment, house, CLIENT_CALLS)
  expect(bombardment.tally.totalCount).toBeGreaterThanOrEqual(WAVE_COUNT * COUNT_PER_WAVE * CLIENT_CALLS.length)
  await expectSoundLedger(house)
})
