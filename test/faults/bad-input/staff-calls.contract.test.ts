import { expect, test } from 'vitest'
import { Acknowledged } from './acknowledged.ts'
import { Bombardment, type Salvo } from './bombard.ts'
import { type Call, QUERIES, STAFF_CALLS } from './calls.ts'
import { openHouse } from './house.ts'
import { expectAcknowledged, expectGoodAnswers, expectSoundLedger } from './invariants.ts'
import { report, seed } from './seed.ts'
import { closeStaffScene, openStaffScene } from './staff-scene.ts'

/** Nearly each call is a transaction of the ledger: all that the issue asks for takes minutes, and is `pnpm soak`'s. */
const isFull = process.env.TIDEGATE_TEST_FLOOD === 'full'
/** With what clients send, both are more than a hundred thousand inputs. */
const WAVE_COUNT = isFull ? 10 : 2
/** In the gate some two hundred are sent of each, and chance says how many of them are good. */
const LEAST_COUNT = isFull ? 1_000 : 50
const COUNT_PER_WAVE = isFull ? 308 : 210
/** An advance needs a release that pauses, which a tick between two rounds brings about. */
const ADVANCE_ROUND_COUNT = 14
/** An audit reads the whole record and a status all signals, so most of them come while these are few. */
const LATER_READ_COUNT = 20

/** Of a valid input nothing can be wrong but who sends it, or hardly anything: more come from others. */
const REFUSED_BY_ROLE: readonly Call[] = [...QUERIES, 'pruneEvents', 'setModes', 'rotateKey']
/** What was ended once may be ended again, which changes nothing and is no conflict. */
const RARELY_REFUSED: readonly Call[] = ['reject', 'revoke', 'revokeKey', 'setSwitch', 'liftSwitch']
/** Calls that are accepted less often, because an accepted one keeps the next from being possible. */
const FEWER: Readonly<Partial<Record<Call, number>>> = {
  // A release waits between two of its twenty stages, and goes on once.
  advance: 10 * WAVE_COUNT,
  // A key is announced for a minute, and no other meanwhile.
  rotateKey: WAVE_COUNT / 2,
}

test('whatever staff sends, each call is answered or typed as denied, and the ledger stays sound (G1, G2, G7)', async () => {
  await using house = await openHouse()
  using bombardment = new Bombardment(house, seed)
  const acknowledged = new Acknowledged()
  bombardment.onAccepted = (call, sent, answered) => {
    if (call === 'propose') acknowledged.note(sent, answered)
  }
  // Time goes by between any two calls: what ends in thirty days can be extended to thirty days again.
  house.wallStepMs = 1
  for (let wave = 0; wave < WAVE_COUNT; wave++) {
    await house.clock.advance(70_000)
    house.wallNowMs += 70_000
    await house.guard.refresh()
    const scene = await openStaffScene(house, wave)
    const salvos = STAFF_CALLS.map(
      (call): Salvo => ({
        call,
        count: countOf(call, wave),
        fields: scene[call] ?? {},
        wrongKeyShare: wrongKeyShareOf(call),
      }),
    )
    await bombardment.wave(salvos.filter(({ call }) => QUERIES.includes(call)))
    const advances = salvos.filter(({ call }) => call === 'advance')
    for (let round = 0; round < ADVANCE_ROUND_COUNT; round++) {
      await bombardment.wave(advances.map((salvo) => ({ ...salvo, count: salvo.count / ADVANCE_ROUND_COUNT })))
      await house.guard.refresh()
    }
    // Modes last, because they switch the others off.
    const rest = salvos.filter(({ call }) => call !== 'advance' && !QUERIES.includes(call))
    await bombardment.wave(rest.filter(({ call }) => call !== 'setModes'))
    await bombardment.wave(rest.filter(({ call }) => call === 'setModes'))
    if (wave === 0) await bombardment.huge(salvos)
    await closeStaffScene(house)
  }
  report('staff calls', Object.fromEntries(bombardment.tally.counts))
  expectGoodAnswers(bombardment, house, STAFF_CALLS, FEWER, LEAST_COUNT)
  expect(bombardment.tally.totalCount).toBeGreaterThanOrEqual(WAVE_COUNT * COUNT_PER_WAVE * STAFF_CALLS.length)
  await expectAcknowledged(house, acknowledged)
  await expectSoundLedger(house)
}, 900_000)

function countOf(call: Call, wave: number): number {
  if (!QUERIES.includes(call)) return COUNT_PER_WAVE
  return wave === 0 ? WAVE_COUNT * COUNT_PER_WAVE - (WAVE_COUNT - 1) * LATER_READ_COUNT : LATER_READ_COUNT
}

function wrongKeyShareOf(call: Call): number {
  if (REFUSED_BY_ROLE.includes(call)) return 0.85
  return RARELY_REFUSED.includes(call) ? 0.65 : 0.46
}
