import { ResourceId } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import { exchange, firstBook, type StoreSays } from './capacity-book.ts'
import type { CapacityAsk } from './capacity-exchange.ts'

const SAYS: StoreSays = { store: 'store-1', storeMs: 0, newEpoch: 'epoch-1' }

test('G4: what a node holds is counted until its term is over, although it was given less and may not hear of it', () => {
  const before = exchange(firstBook(SAYS), anAsk('one', 1, { wantUnits: 200, heldUnits: 850, heldSafeUnits: 50 }), SAYS)
  expect(before.answer).toMatchObject({ resources: [{ units: 200 }] })
  const { answer } = exchange(before.book, anAsk('two', 2, { wantUnits: 1_000 }), SAYS)
  expect(answer).toMatchObject({ resources: [{ units: 50, safeUnits: 50 }] })
})

function anAsk(holder: string, slot: number, of: Partial<CapacityAsk['resources'][number]>): CapacityAsk {
  const resourceId = ResourceId.parse('shard-1')
  const resource = { resourceId, capacityUnits: 1_000, safeUnits: 50, heldUnits: 0, heldSafeUnits: 0, wantUnits: 0 }
  const resources = [{ ...resource, demandUnits: 1_000, ...of }]
  return { holder, slot, slotCount: 4, askNo: 1, known: null, isLeaving: false, resources }
}
