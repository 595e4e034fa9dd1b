import 'fake-indexeddb/auto'
import { deleteDB } from 'idb'
import { expect, test } from 'vitest'
import { abortIdbAtWrite, cacheContract, runCacheCase } from './cache-contract.ts'
import { openIdbCache } from './idb.ts'

let fixtureCount = 0

function anIdbFixture() {
  fixtureCount += 1
  const name = `contract-${fixtureCount}`
  return {
    open: () => openIdbCache({ name, onListenerError: () => {} }),
    failAtWrite: abortIdbAtWrite,
    destroy: () => deleteDB(`tidegate-${name}`),
  }
}

for (const each of cacheContract)
  test(each.name, async () => expect(await runCacheCase(each, anIdbFixture)).toBe('passed'))
