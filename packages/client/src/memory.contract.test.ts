import { expect, test } from 'vitest'
import { cacheContract, runCacheCase } from './cache-contract.ts'
import { MemoryDisk, memoryCache } from './memory.ts'

function aMemoryFixture() {
  const disk = new MemoryDisk()
  return { open: async () => memoryCache({ disk, onListenerError: () => {} }), destroy: async () => {} }
}

for (const each of cacheContract)
  test(each.name, async ({ skip }) => {
    const outcome = await runCacheCase(each, aMemoryFixture)
    if (outcome === 'skipped') skip('records in memory cannot fail one by one')
    expect(outcome).toBe('passed')
  })
