import type { Mutant } from './mutant.ts'

const guard = 'packages/guard'
const shares = `${guard}/src/core/shares`

const model = {
  folder: guard,
  project: 'unit',
  file: 'src/core/shares/shares-model.test.ts',
  test: 'G4: whatever becomes of nodes, store, network and clocks, shares never add up to more than the capacity',
} as const
const scenes = { ...model, file: 'src/core/shares/node-shares.test.ts' } as const

/** Planted breaches of what keeps the shares of several nodes within one capacity. */
export const SHARES_MUTANTS: readonly Mutant[] = [
  {
    invariant: 'G4',
    what: 'a store that lost what it knew divides at once, without a learning term',
    file: `${shares}/capacity-book.ts`,
    find: 'const isLearning = nowMs < book.learningUntilMs',
    replace: 'const isLearning = nowMs < 0 * book.learningUntilMs',
    caughtBy: model,
  },
  {
    invariant: 'G4',
    what: 'a slot is reused as soon as its lease ended, while its safe share runs',
    file: `${shares}/capacity-book.ts`,
    find: 'mine.safeUntilMs > nowMs)',
    replace: 'mine.untilMs > nowMs)',
    caughtBy: model,
  },
  {
    invariant: 'G4',
    what: 'a store that nobody knows gives slots away while others may live on their safe shares',
    file: `${shares}/capacity-book.ts`,
    find: 'nowMs < book.claimsFromMs)',
    replace: 'nowMs < 0)',
    caughtBy: model,
  },
  {
    invariant: 'G4',
    what: 'the store forgets that a node which does not hear of its smaller share goes on with the larger one',
    file: `${shares}/capacity-book.ts`,
    find: 'units: Math.max(units, heldUnits),',
    replace: 'units,',
    caughtBy: {
      ...model,
      file: 'src/core/shares/capacity-book.test.ts',
      test: 'G4: what a node holds is counted until its term is over, although it was given less',
    },
  },
  {
    invariant: 'G4',
    what: 'an ask that comes late undoes the one after it',
    file: `${shares}/capacity-book.ts`,
    find: 'ask.askNo <= mine.askNo)',
    replace: 'ask.askNo < 0)',
    caughtBy: model,
  },
  {
    invariant: 'G4',
    what: 'a store’s clock that is set forward ends every lease',
    file: `${shares}/capacity-book.ts`,
    find: 'Math.min(Math.max(says.storeMs - before.storeMs, 0), MAX_BOOK_GAP_MS)',
    replace: 'Math.max(says.storeMs - before.storeMs, 0, 0 * MAX_BOOK_GAP_MS)',
    caughtBy: model,
  },
  {
    invariant: 'G4',
    what: 'a node on a machine that stood still goes by its monotonic clock alone',
    file: `${shares}/moment.ts`,
    find: ', to.systemMs - from.systemMs)',
    replace: ')',
    caughtBy: model,
  },
  {
    invariant: 'G4',
    what: 'a lease counts from its answer',
    file: `${shares}/node-shares.ts`,
    find: 'askedAt: asked.at,',
    replace: 'askedAt: now,',
    caughtBy: { ...scenes, test: 'G4: a lease counts from when it was asked for, however late the answer came' },
  },
  {
    invariant: 'G4',
    what: 'a store that learns revives a lease that has run out',
    file: `${shares}/node-shares.ts`,
    find: 'grants: revives ? safeOnly(grants) : grants,',
    replace: 'grants,',
    caughtBy: { ...scenes, test: 'G4: while the store learns, an answer extends a lease and never revives one' },
  },
  {
    invariant: 'G4',
    what: 'a share that shrinks keeps what its bucket holds',
    file: `${guard}/src/core/admission/token-bucket.ts`,
    find: '    this.#shape = shape\n    this.#levelUnits = Math.min(this.#levelUnits, this.#ceilingUnits())\n',
    replace: '    this.#shape = shape\n',
    caughtBy: model,
  },
  {
    invariant: 'G4',
    what: 'the store in SQL divides at once although it lost what it knew',
    file: `${guard}/src/capacity/schema/01-exchange.ts`,
    find: 'is_learning := now_ms < found_book.learning_until_ms;',
    replace: 'is_learning := false;',
    caughtBy: {
      folder: guard,
      project: 'contracts',
      file: 'src/capacity/capacity-store.contract.test.ts',
      test: 'G4: a copy of a store is another epoch, and learns from the nodes that knew the first',
    },
  },
  {
    invariant: 'G8',
    what: 'a node that cannot reach its capacity store admits nothing once its lease ran out',
    file: `${shares}/node-shares.ts`,
    find: 'ageMs < SAFE_USABLE_MS ? granted.safeUnits : 0',
    replace: 'ageMs < SAFE_USABLE_MS ? 0 : 0',
    caughtBy: {
      ...model,
      file: 'src/core/shares/shares-world.test.ts',
      test: 'G8: with the store gone, leases run out and every node goes on with its safe share',
    },
  },
]
