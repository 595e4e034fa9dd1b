import { ALL_ORDINALS, type OrdinalRange, type Random } from '@tidegate/protocol'
import { pretendRandom } from '@tidegate/protocol/testing'
import type { CacheContractCase } from './fixture.ts'
import { type CacheStep, type ModelItem, type ModelItemChanges, playAgainstModel } from './model.ts'

const STEP_COUNT = 40
const ITEM_NAMES = 30
const ORDINALS = 400

/** Long random lives of a cache, the same in every run; `playAgainstModel` takes those of a property test too. */
export const modelCases: readonly CacheContractCase[] = [1, 2, 3].map((seed) => ({
  name: `a cache is what a plain map would be, after each of ${STEP_COUNT} random steps (life ${seed}; C1, C3, C5, C8)`,
  run: (fixture) => {
    const random = pretendRandom(seed)
    const steps = Array.from({ length: STEP_COUNT }, () => aStep(random))
    return playAgainstModel(fixture, steps, [ALL_ORDINALS, ...several(4, () => aRange(random))])
  },
}))

function aStep(random: Random): CacheStep {
  const kinds: readonly CacheStep['kind'][] = [
    ...['changes', 'changes', 'changes', 'page', 'page', 'page', 'move-cursor', 'adopt-scheme'],
    ...['stage', 'drop', 'attempt', 'clear-attempt', 'complete', 'set-aside', 'reconsider', 'reload'],
  ] as CacheStep['kind'][] // spread literals lose their names
  const kind = kinds[below(random, kinds.length)] ?? 'reload'
  switch (kind) {
    case 'changes':
      return { kind, items: someItemChanges(random), isInStep: random() < 0.8 }
    case 'page':
      return { kind, items: someItemChanges(random) }
    case 'move-cursor':
      return { kind, by: below(random, 9) - 4, evenBackwards: random() < 0.3, isInStep: random() < 0.7 }
    case 'adopt-scheme':
      return { kind, name: random() < 0.5 ? 'sea' : 'lake' }
    case 'stage':
    case 'drop':
      return { kind, write: below(random, 4) }
    case 'attempt':
    case 'complete':
    case 'set-aside':
      return { kind, signal: below(random, 4) }
    default:
      return { kind }
  }
}

function someItemChanges(random: Random): ModelItemChanges {
  return {
    upserts: several(below(random, 8), () => aModelItem(random)),
    unchanged: several(below(random, 4), () => aModelItem(random)),
    deletes: several(below(random, 4), () => below(random, ITEM_NAMES)),
  }
}

function aModelItem(random: Random): ModelItem {
  return {
    name: below(random, ITEM_NAMES),
    ordinal: below(random, ORDINALS),
    content: below(random, 3),
    payloadBytes: below(random, 1000),
  }
}

function aRange(random: Random): OrdinalRange {
  const fromOrdinal = below(random, ORDINALS)
  return { fromOrdinal, toOrdinal: fromOrdinal + 1 + below(random, ORDINALS) }
}

function several<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make)
}

function below(random: Random, limit: number): number {
  return Math.floor(random() * limit)
}
