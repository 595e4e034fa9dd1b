import { expect, test } from 'vitest'
import { GroupWriter } from './group-writer.ts'

test('what comes while a group is being written goes together with the next', async () => {
  const groups: number[][] = []
  const writer = new GroupWriter<number, number>(async (entries) => {
    groups.push([...entries])
    return entries.map((entry) => entry * 10)
  }, 3)
  const results = await Promise.all([1, 2, 3, 4, 5].map((entry) => writer.add(entry)))
  expect(results).toEqual([10, 20, 30, 40, 50])
  expect(groups).toEqual([[1], [2, 3, 4], [5]])
})

test('a group that cannot be written fails for each of it, and the next is tried', async () => {
  let writeCount = 0
  const writer = new GroupWriter<string, string>(async (entries) => {
    writeCount += 1
    if (writeCount === 2) throw new Error('connection refused')
    return entries
  }, 2)
  const results = await Promise.allSettled(['a', 'b', 'c', 'd'].map((entry) => writer.add(entry)))
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled'])
})
