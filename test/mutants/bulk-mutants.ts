import type { Mutant } from './mutant.ts'

const guard = 'packages/guard'

/** Planted breaches in what carries large audiences. */
export const BULK_MUTANTS: readonly Mutant[] = [
  {
    invariant: 'G1',
    what: 'whoever passes the filter of a large audience is taken for one of its accounts',
    file: `${guard}/src/core/large-audience.ts`,
    find: '    return slotOf(this.#slots, hash).isTaken\n',
    replace: '    return true\n',
    caughtBy: {
      folder: guard,
      project: 'unit',
      file: 'src/core/large-audience.test.ts',
      test: 'it holds the accounts that were added, once each, and no others',
    },
  },
  {
    invariant: 'G1',
    what: 'of a large audience accounts are dropped that would still be canaries',
    file: `${guard}/src/core/audience-tally.ts`,
    find: 'new FewestBytes(this.#accountLimit)',
    replace: 'new FewestBytes(1)',
    caughtBy: {
      folder: guard,
      project: 'unit',
      file: 'src/core/audience-tally.test.ts',
      test: 'G1: of thousands of accounts some hundreds are kept, and they give the same canaries',
    },
  },
  {
    invariant: 'G2',
    what: 'of a bulk in another database only the first thousands of accounts arrive',
    file: `${guard}/src/outbox/many-accounts.ts`,
    find: '    if (rows.length < IDS_A_FETCH) break\n',
    replace: '    break\n',
    caughtBy: {
      folder: guard,
      project: 'contracts',
      file: 'src/ledger/bulk.contract.test.ts',
      test: 'G2: a bulk proposed by one call with all accounts is one signal for each account once',
    },
  },
]
