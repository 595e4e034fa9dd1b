import * as fc from 'fast-check'
import type { SourceWrite } from '../memory-source.ts'
import { anItem, remove, upsert } from './source-model.ts'

const aWrite = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('upsert'), at: fc.nat(11), size: fc.nat(5), moves: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete'), at: fc.nat(11) }) },
)

/** Commits of random writes over a dozen ids; an item may get a new ordinal, and ordinals are never reused. */
export const histories = fc
  .record({
    commits: fc.array(
      fc.record({ writes: fc.array(aWrite, { maxLength: 8 }), joins: fc.boolean(), pageCount: fc.nat(3) }),
      { maxLength: 10 },
    ),
    limit: fc.integer({ min: 1, max: 9 }),
  })
  .map(({ commits, limit }) => {
    let nextOrdinal = 0
    const ordinalOf = new Map<number, number>()
    const writeOf = (drawn: { kind: string; at: number; size?: number; moves?: boolean }): SourceWrite[] => {
      const { kind, at, size = 0, moves = false } = drawn
      if (kind === 'delete') {
        ordinalOf.delete(at)
        return remove(`item ${at}`)
      }
      if (moves || !ordinalOf.has(at)) ordinalOf.set(at, nextOrdinal++ * 17)
      return upsert(anItem(`item ${at}`, ordinalOf.get(at) ?? 0, { payload: 'x'.repeat(size) }))
    }
    return { commits: commits.map((commit) => ({ ...commit, writes: commit.writes.flatMap(writeOf) })), limit }
  })
