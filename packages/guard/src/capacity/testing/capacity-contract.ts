import { ResourceId } from '@tidegate/protocol'
import fc from 'fast-check'
import type { ExpectStatic } from 'vitest'
import type { CapacityAnswer, CapacityAsk, ResourceAsk } from '../../core/shares/capacity-exchange.ts'
import { SAFE_TERM_MS, SHARE_TERM_MS } from '../../core/shares/share-terms.ts'
import type { TestRunner } from '../../testing/test-runner.ts'
import type { CapacityStore, WhenNew } from '../capacity-store.ts'
import { memoryCapacityStore } from '../memory-capacity-store.ts'

type ContractRunner = TestRunner & { readonly expect: ExpectStatic }

export interface CapacityContractOptions {
  /** A store that holds nothing and goes by the clock that is given; what it held before is wiped. */
  readonly openEmpty: (clock: { readonly nowMs: () => number }, whenNew: WhenNew) => Promise<CapacityStore>
}

const SHARD = ResourceId.parse('shard-1')
const OTHER_SHARD = ResourceId.parse('shard-2')

/** An ask of the first of four slots for its part of a thousand units; it lives by nothing yet. */
export function anAsk(overrides: Partial<CapacityAsk> = {}, resource: Partial<ResourceAsk> = {}): CapacityAsk {
  return {
    holder: 'one',
    slot: 1,
    slotCount: 4,
    askNo: 1,
    known: null,
    isLeaving: false,
    resources: [
      {
        resourceId: SHARD,
        capacityUnits: 1_000,
        safeUnits: 50,
        heldUnits: 0,
        heldSafeUnits: 0,
        wantUnits: 1_000,
        demandUnits: 1_000,
        ...resource,
      },
    ],
    ...overrides,
  }
}

/** What every capacity store must do, as tests. */
export function capacityContract(runner: ContractRunner, name: string, options: CapacityContractOptions): void {
  const { describe, test, expect } = runner

  async function opened(whenNew: WhenNew = 'begin-at-once') {
    const clock = { ms: 1_000_000, nowMs: () => clock.ms }
    return { clock, store: await options.openEmpty(clock, whenNew) }
  }

  function granted(answer: CapacityAnswer) {
    return answer.kind === 'granted' ? answer : expect.fail(`granted is expected, got ${answer.kind}`)
  }

  describe(`capacity contract: ${name}`, () => {
    test('a lone node is given what it wants but for the safe shares of free slots', async () => {
      const { store } = await opened()
      const { isLearning, resources } = granted(await store.exchange(anAsk()))
      expect(isLearning).toBe(false)
      expect(resources).toEqual([
        { resourceId: SHARD, units: 850, safeUnits: 50, divisibleUnits: 800, otherDemandsUnits: [] },
      ])
    })

    test('G4: what one node may still hold no other is given, whether or not it heard its answer', async () => {
      const { store, clock } = await opened()
      await store.exchange(anAsk())
      const second = granted(await store.exchange(anAsk({ holder: 'two', slot: 2 })))
      expect(second.resources[0]).toMatchObject({ units: 50, safeUnits: 50, otherDemandsUnits: [950] })
      // The first asks for less and says what it still holds.
      await store.exchange(anAsk({ askNo: 2 }, { heldUnits: 850, heldSafeUnits: 50, wantUnits: 200 }))
      expect(granted(await store.exchange(anAsk({ holder: 'two', slot: 2, askNo: 2 }))).resources[0]?.units).toBe(50)
      await store.exchange(anAsk({ askNo: 3 }, { heldUnits: 200, heldSafeUnits: 50, wantUnits: 200 }))
      expect(granted(await store.exchange(anAsk({ holder: 'two', slot: 2, askNo: 3 }))).resources[0]?.units).toBe(700)
      clock.ms += SHARE_TERM_MS
    })

    test('G4: a slot is another process’s only after its safe share ran out', async () => {
      const { store, clock } = await opened()
      await store.exchange(anAsk())
      const heir = (askNo: number) => store.exchange(anAsk({ holder: 'heir', askNo }))
      let askNo = 0
      for (let passedMs = 0; passedMs < SAFE_TERM_MS; passedMs += 1_500, clock.ms += 1_500) {
        if (passedMs % 60_000 === 0 || passedMs > SAFE_TERM_MS - 2_000) {
          expect(await heir(++askNo)).toEqual({ kind: 'taken', freeInMs: SAFE_TERM_MS - passedMs })
        } else await store.exchange(anAsk({ holder: 'two', slot: 2, askNo: passedMs }))
      }
      expect(granted(await heir(++askNo)).resources[0]).toMatchObject({ safeUnits: 50 })
      expect(await store.exchange(anAsk({ askNo: 2 }))).toMatchObject({ kind: 'taken' })
    })

    test('an ask that comes after a later one of the same process changes nothing', async () => {
      const { store } = await opened()
      await store.exchange(anAsk({ askNo: 2 }))
      expect(await store.exchange(anAsk({ askNo: 1 }, { wantUnits: 60 }))).toEqual({ kind: 'stale' })
      const second = granted(await store.exchange(anAsk({ holder: 'two', slot: 2 })))
      expect(second.resources[0]?.units).toBe(50)
    })

    test('a node that leaves is followed at once', async () => {
      const { store, clock } = await opened()
      await store.exchange(anAsk())
      expect(await store.exchange(anAsk({ askNo: 2, isLeaving: true }))).toEqual({ kind: 'left' })
      clock.ms += 1_000
      expect(granted(await store.exchange(anAsk({ holder: 'heir' }))).resources[0]?.units).toBe(850)
    })

    test('G4: a store that nobody knows gives no slot to whoever holds none, and learns from whoever does', async () => {
      const { store, clock } = await opened('wait')
      expect(await store.exchange(anAsk())).toEqual({ kind: 'past-unknown', freeInMs: SAFE_TERM_MS })
      const holding = anAsk(
        { holder: 'two', slot: 2, known: { epoch: 'another', heardAskNo: 7 } },
        { heldUnits: 300, heldSafeUnits: 50 },
      )
      const learning = granted(await store.exchange(holding))
      expect(learning).toMatchObject({ isLearning: true, resources: [{ units: 300, safeUnits: 50 }] })
      clock.ms += 1_500
      expect(await store.exchange(anAsk({ askNo: 2 }))).toEqual({
        kind: 'past-unknown',
        freeInMs: SAFE_TERM_MS - 1_500,
      })
    })

    test('G4: a store that lacks what a node heard of it begins another epoch, and learns', async () => {
      const { store } = await opened()
      const { epoch } = granted(await store.exchange(anAsk()))
      await store.exchange(anAsk({ holder: 'two', slot: 2 }))
      const ahead = anAsk({ askNo: 9, known: { epoch, heardAskNo: 8 } }, { heldUnits: 400, heldSafeUnits: 50 })
      const answer = granted(await store.exchange(ahead))
      expect(answer.epoch).not.toBe(epoch)
      expect(answer).toMatchObject({ isLearning: true, resources: [{ units: 400 }] })
    })

    test('G4: a clock that is set forward or back ends no share by more than a moment', async () => {
      const { store, clock } = await opened()
      await store.exchange(anAsk())
      for (const byMs of [3_600_000, -7_200_000]) {
        clock.ms += byMs
        expect(await store.exchange(anAsk({ holder: 'heir', askNo: Math.abs(byMs) }))).toMatchObject({ kind: 'taken' })
        const second = granted(await store.exchange(anAsk({ holder: 'two', slot: 2, askNo: Math.abs(byMs) })))
        expect(second.resources[0]?.units).toBe(50)
      }
    })

    test('the least of capacities that nodes were told counts', async () => {
      const { store } = await opened()
      await store.exchange(anAsk({}, { capacityUnits: 600, wantUnits: 100 }))
      const second = granted(await store.exchange(anAsk({ holder: 'two', slot: 2 })))
      expect(second.resources[0]?.units).toBe(600 - 100 - 2 * 50)
    })

    test('it answers as the model-checked book does, whatever it is asked', async () => {
      const resource = (resourceId: ResourceId) =>
        fc.record({
          resourceId: fc.constant(resourceId),
          capacityUnits: fc.constantFrom(1_000, 900),
          safeUnits: fc.constantFrom(25, 50),
          heldUnits: fc.constantFrom(0, 50, 400),
          heldSafeUnits: fc.constantFrom(0, 50),
          wantUnits: fc.nat(1_000),
          demandUnits: fc.nat(1_000),
        })
      const step = fc.record({
        afterMs: fc.constantFrom(0, 400, 1_000, 9_000, -500, 400_000),
        holder: fc.constantFrom('one', 'two'),
        slot: fc.integer({ min: 1, max: 3 }),
        slotCount: fc.constantFrom(3, 3, 6),
        askNo: fc.constantFrom(1, 1, 1, -1),
        known: fc.constantFrom('nothing', 'this', 'another'),
        heardBefore: fc.constantFrom(1, 1, 1, -3),
        isLeaving: fc.constantFrom(false, false, false, false, true),
        resources: fc.oneof(fc.tuple(resource(SHARD)), fc.tuple(resource(SHARD), resource(OTHER_SHARD))),
      })
      const answerKinds = new Set<string>()
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom<WhenNew>('wait', 'begin-at-once'),
          fc.array(step, { minLength: 10, maxLength: 30 }),
          async (whenNew, steps) => {
            const { store, clock } = await opened(whenNew)
            let idCount = 0
            const model = memoryCapacityStore({ nowMs: clock.nowMs, newId: () => `epoch-${++idCount}`, whenNew })
            const epochs: { mine: string; models: string }[] = []
            for (const [at, { afterMs, known, heardBefore, ...ask }] of steps.entries()) {
              clock.ms += afterMs
              const askNo = 10 + at + (ask.askNo === 1 ? 0 : -5)
              const knownOf = (epoch: string | undefined) =>
                known === 'nothing'
                  ? null
                  : { epoch: known === 'this' ? (epoch ?? 'none') : 'another', heardAskNo: askNo - heardBefore - 6 }
              const last = epochs.at(-1)
              const [answer, expected] = [
                await store.exchange({ ...ask, askNo, known: knownOf(last?.mine) }),
                await model.exchange({ ...ask, askNo, known: knownOf(last?.models) }),
              ]
              answerKinds.add(answer.kind)
              if (answer.kind === 'granted' && expected.kind === 'granted') {
                expect(answer.epoch === last?.mine).toBe(expected.epoch === last?.models)
                epochs.push({ mine: answer.epoch, models: expected.epoch })
                expect({ ...answer, epoch: '' }).toEqual({ ...expected, epoch: '' })
              } else expect(answer).toEqual(expected)
            }
          },
        ),
        { numRuns: 30 },
      )
      expect([...answerKinds].sort()).toEqual(['granted', 'left', 'past-unknown', 'stale', 'taken'])
    })
  })
}
