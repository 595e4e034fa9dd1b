import type { Mutant } from './mutant.ts'

const guard = 'packages/guard'

/** Planted breaches of what old clients are promised at the egress (J11). */
export const EGRESS_MUTANTS: readonly Mutant[] = [
  {
    invariant: 'J11',
    what: 'a flag is withheld although it could not be recorded',
    file: `${guard}/src/core/egress/exchange.ts`,
    find: "(standing === 'cut-off' || !(recorded.has(each.flag) || isCovered(exchange, each.flag)))",
    replace: "standing === 'cut-off' && !recorded.has(each.flag)",
    caughtBy: {
      folder: guard,
      project: 'contracts',
      file: 'src/egress/egress.contract.test.ts',
      test: 'ends the page before itself while the ledger is refused',
    },
  },
  {
    invariant: 'J11',
    what: 'a page leaves while its flag is still being recorded',
    file: `${guard}/src/egress/flag-book.ts`,
    find: '    if (known) return known\n',
    replace: '    if (known) return Promise.resolve(true as const)\n',
    caughtBy: {
      folder: guard,
      project: 'contracts',
      file: 'src/egress/egress.contract.test.ts',
      test: 'ends the page before itself while the ledger is frozen',
    },
  },
  {
    invariant: 'J11',
    what: 'a flag goes again to a client whose cursor says that it has it',
    file: `${guard}/src/core/egress/exchange.ts`,
    find: ' && !had.has(signalKeyOf(record.signalId))',
    replace: ' && !had.has(record.signalId)',
    caughtBy: {
      folder: guard,
      project: 'unit',
      file: 'src/core/egress/exchange.test.ts',
      test: 'J11: no raw flag leaves',
    },
  },
  {
    invariant: 'J11',
    what: 'an acknowledged delivery may leave again, when another node is asked',
    file: `${guard}/src/ledger/egress-deliveries.ts`,
    find: '       WHERE known.arrived_at_ms IS NULL\n',
    replace: '',
    caughtBy: {
      folder: guard,
      project: 'contracts',
      file: 'src/egress/egress.contract.test.ts',
      test: 'does not leave again for a request that comes late',
    },
  },
  {
    invariant: 'J11',
    what: 'a flag goes as soon as it is approved, and not in its client’s turn',
    file: `${guard}/src/core/egress/exchange.ts`,
    find: 'notBeforeInMs <= 0 && ',
    replace: 'notBeforeInMs >= 0 && ',
    caughtBy: {
      folder: guard,
      project: 'unit',
      file: 'src/core/egress/arrival-curve.test.ts',
      test: 'J11: released flags arrive as the plan says',
    },
  },
  {
    invariant: 'G3',
    what: 'a node that has not heard of a revoke still sends the flag to old clients',
    file: `${guard}/src/ledger/egress-deliveries.ts`,
    find: " AND state IN ('held', 'released', 'paused')",
    replace: '',
    caughtBy: {
      folder: guard,
      project: 'contracts',
      file: 'src/egress/egress.contract.test.ts',
      test: 'does not go out once it is revoked',
    },
  },
]
