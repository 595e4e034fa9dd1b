import { ResourceId } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import { createGuard } from './create-guard.ts'
import { ann, CAPACITY, GuardScene, phone } from './testing/guard-scene.ts'

const shard = ResourceId.parse('shard-1')

test('switched off, a node stays off although it cannot read back what the ledger was just told (G3)', async () => {
  await using scene = await GuardScene.open()
  await scene.propose([ann])
  const { ledger } = scene.line
  await using guard = await createGuard({
    ledger: {
      ...ledger,
      // The ledger takes the decision, and is out of reach right after it.
      setModes: async (...given) => {
        const modes = await ledger.setModes(...given)
        scene.line.line = 'refused'
        return modes
      },
    },
    source: scene.source,
    resources: {
      resources: [{ resourceId: shard, capacityBytesPerSecond: CAPACITY }],
      resourceOf: () => shard,
    },
    clock: scene.clock,
    // The day on which the scene plays.
    wallNowMs: () => 1_700_000_000_000 + scene.clock.nowMs(),
    log: () => {},
  })
  expect(guard.stateTag(ann, phone)).not.toBeNull()
  await guard.disable('a storm')
  expect(guard.stateTag(ann, phone)).toBeNull()
  scene.line.line = 'up'
  await guard.refresh()
  expect(guard.stateTag(ann, phone)).toBeNull()
})
