import type { CollectionDigest } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import { memorySource } from '../memory-source.ts'
import { type SourceUnderTest, sourceContract } from '../source-contract.ts'
import { COLLECTION } from '../testing/source-model.ts'

test('the contract suite fails a source that loses what was deleted between two pages', async () => {
  const failed = await failedTests((sound) => ({
    ...sound,
    changesSince: async (accountId, request) => {
      const answer = await sound.changesSince(accountId, request)
      return answer.kind === 'changes' && answer.toSeq < answer.asOf ? { ...answer, deletes: [] } : answer
    },
  }))
  expect(failed).toEqual(['C8: from any earlier position, pages of any size lead to exactly what the last page proves'])
})

test('the contract suite fails a source that reads its digest before its changes', async () => {
  let stale: CollectionDigest | undefined
  const failed = await failedTests((sound) => ({
    ...sound,
    changesSince: async (accountId, request) => {
      const answer = await sound.changesSince(accountId, request)
      const before = stale
      if (answer.kind !== 'changes' || answer.digest === null) return answer
      stale = answer.digest
      return before === undefined
        ? answer
        : { ...answer, digest: { ...answer.digest, fingerprint: before.fingerprint } }
    },
  }))
  expect(failed).toContain('C8: from any earlier position, pages of any size lead to exactly what the last page proves')
})

test('the contract suite fails a source that lets nothing through when the first item is too large', async () => {
  const failed = await failedTests((sound) => ({
    ...sound,
    fetch: async (accountId, request, pageBytes) => {
      const answer = await sound.fetch(accountId, request, pageBytes)
      const isTooLarge = answer.items.length === 1 && (answer.items[0]?.payloadBytes ?? 0) > pageBytes
      return isTooLarge ? { ...answer, items: [], deferred: request.ids } : answer
    },
  }))
  expect(failed).toEqual(['what does not fit into the page is deferred, but the first item always fits'])
})

test('the contract suite passes a sound source', async () => {
  expect(await failedTests((sound) => sound)).toEqual([])
})

/** Runs the suite on memory with a fault, without a test runner. @returns the names of the tests that failed */
async function failedTests(fault: (sound: SourceUnderTest['source']) => SourceUnderTest['source']): Promise<string[]> {
  const bodies: [string, () => Promise<void>][] = []
  const runner = {
    describe: (_: string, body: () => void) => body(),
    test: (name: string, body: () => Promise<void>) => bodies.push([name, body]),
  }
  sourceContract(runner, 'broken on purpose', {
    open: async () => {
      const sound = memorySource({ collections: [COLLECTION], salt: 'pepper' })
      return { source: fault(sound), write: async (accountId, writes) => sound.write(accountId, COLLECTION, writes) }
    },
    historyCount: 200,
  })
  const failed: string[] = []
  for (const [name, body] of bodies)
    await body().catch(() => {
      failed.push(name)
    })
  return failed
}
