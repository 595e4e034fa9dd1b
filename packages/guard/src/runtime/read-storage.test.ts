import { PretendClock } from '@tidegate/protocol/testing'
import { expect, test } from 'vitest'
import { readStorageBy } from './read-storage.ts'

const health = { latencyMs: 3, errorRatio: 0, readAtMs: 7 }

test('what the host app says of a resource is passed on', async () => {
  const read = readStorageBy(async () => health, new PretendClock())
  expect(await read('shard-1')).toEqual({ kind: 'read', resourceId: 'shard-1', ...health })
})

test('G6: a probe that throws is somebody who does not know', async () => {
  const read = readStorageBy(async () => {
    throw new Error('no route to the monitoring')
  }, new PretendClock())
  expect(await read('shard-1')).toEqual({
    kind: 'unknown',
    resourceId: 'shard-1',
    because: 'storageHealth failed: no route to the monitoring',
  })
})

test('G6: a probe that falls silent is given up', async () => {
  const clock = new PretendClock()
  const reading = readStorageBy(() => new Promise(() => undefined), clock)('shard-1')
  await clock.advance(5_000)
  expect(await reading).toMatchObject({ kind: 'unknown' })
})
