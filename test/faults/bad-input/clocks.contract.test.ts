import { InForceAnswer, SignedInForceAnswer } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import { Bombardment } from './bombard.ts'
import { CALLS, type Call, CLIENT_CALLS, QUERIES } from './calls.ts'
import { openClientScene } from './client-scene.ts'
import { openHouse, proposeTo } from './house.ts'
import { expectSoundLedger } from './invariants.ts'
import { report, seed } from './seed.ts'
import { closeStaffScene, openStaffScene } from './staff-scene.ts'

/** Of each call in a wave. */
const COUNT = 24
const calls = Object.keys(CALLS) as Call[] // its keys, by its type
const reads: readonly Call[] = [...CLIENT_CALLS, ...QUERIES]

test.each([
  ['1970', 0],
  ['2100', 4_102_444_800_000],
])(
  'a node whose clock says %s answers every call or denies it in its type, and the ledger stays sound (G1, G2, G7)',
  async (year, wallNowMs) => {
    await using house = await openHouse()
    using bombardment = new Bombardment(house, seed)
    const told: InForceAnswer[] = []
    bombardment.onAccepted = (call, _, answered) => {
      // What is signed is a text, which no output schema looks into: a client that cannot read it has no answer.
      if (call === 'inForce') told.push(InForceAnswer.parse(JSON.parse(SignedInForceAnswer.parse(answered).payload)))
    }
    const signalId = await proposeTo(house, 'labels', ['ann', 'ben'])
    const ofClients = await openClientScene(house, signalId)
    const ofStaff = await openStaffScene(house, 0)
    const salvos = calls.map((call) => ({
      call,
      count: COUNT,
      fields: CLIENT_CALLS.some((each) => each === call) ? ofClients : (ofStaff[call] ?? {}),
    }))
    // What was decided before, by nodes whose clocks were right, is years ahead of this one, or years ago.
    house.wallNowMs = wallNowMs
    // Before a pass has ended what is over by this clock, and after it.
    await bombardment.wave(salvos.filter(({ call }) => reads.includes(call)))
    await bombardment.wave(salvos.filter(({ call }) => call !== 'setModes'))
    await house.guard.refresh()
    await bombardment.wave(salvos)
    await closeStaffScene(house)
    report(`clock of ${year}`, Object.fromEntries(bombardment.tally.counts))
    expect(bombardment.tally.faults).toEqual([])
    expect(house.errors).toEqual([])
    const unread = calls.filter((call) => QUERIES.includes(call) && !bombardment.tally.counts.get(call)?.accepted)
    expect(unread).toEqual([])
    expect(told.length).toBeGreaterThan(0)
    // By 2100 everything has ended. In 1970 nothing has, unless chance had an operator pause it.
    if (year === '2100') expect(told.filter(({ signals }) => signals.length > 0)).toEqual([])
    await expectSoundLedger(house)
  },
)
