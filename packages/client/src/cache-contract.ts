import { crashCases } from './contract/crash-cases.ts'
import { digestCases } from './contract/digest-cases.ts'
import type { CacheContractCase } from './contract/fixture.ts'
import { itemCases } from './contract/item-cases.ts'
import { modelCases } from './contract/model-cases.ts'
import { recordCases } from './contract/record-cases.ts'
import { tabCases } from './contract/tab-cases.ts'

export { abortIdbAtWrite } from './contract/abort-idb.ts'
export { type CacheContractCase, type CacheFixture, runCacheCase } from './contract/fixture.ts'
export { type CacheStep, type ModelItem, type ModelItemChanges, playAgainstModel } from './contract/model.ts'

/**
 * What every `Cache` promises, one case each. No test framework and nothing of Node is needed, so the same cases run in
 * a test runner and in a browser: `for (const each of cacheContract) test(each.name, () => runCacheCase(each, make))`.
 */
export const cacheContract: readonly CacheContractCase[] = [
  ...itemCases,
  ...digestCases,
  ...recordCases,
  ...tabCases,
  ...crashCases,
  ...modelCases,
]
