import { type BulkLimit, checkedBulkLimit, DEFAULT_BULK_LIMIT } from '../core/admission/draw-book.ts'
import { checkedLevels, DEFAULT_LEVELS, type Level, type Neighbour } from '../core/admission/levels.ts'
import { checkedCosts, DEFAULT_OPERATION_COSTS, type OperationCosts } from '../core/admission/operation-cost.ts'

/** How each resource is divided among those who draw from it, and what their operations cost it. */
export interface DivisionOptions {
  /**
   * From the first, which the guard's own interactive calls draw from, to the last, which resyncs draw from. Each has a
   * `name`, a lower-case word of at most 32 characters, and a `guaranteedShare` in [0, 1); all together below 1. Default
   * {@link DEFAULT_LEVELS}: `interactive` 0.3, `delivery` 0.2, `resync` 0.
   */
  readonly levels?: readonly Level[]
  /**
   * Other services on the same storage, each with a `name` as above and the `share` in [0, 1) that it keeps whether it uses
   * it or not; all together below 1. Levels divide what is left. Default: none.
   */
  readonly neighbours?: readonly Neighbour[]
  /**
   * From so many `units` (> 0) in `windowMs` (> 0) on, an account that reads at the first level is charged at the last:
   * what reads in bulk is a resync, whatever it calls itself. Default {@link DEFAULT_BULK_LIMIT}: 64 MiB in a minute.
   */
  readonly bulk?: BulkLimit
  /**
   * What operations cost, by the name of their class: `fixedUnits` each and `unitsPerByte`, both >= 0. The guard's own
   * calls are of class `read`. Default {@link DEFAULT_OPERATION_COSTS}: `read` 8,192 and 1, `write` 16,384 and 2; classes
   * given here are added to these, or stand in for them.
   */
  readonly operationCosts?: OperationCosts
}

/** @throws RangeError for what cannot be divided so */
export function checkedDivision(given: DivisionOptions): Required<DivisionOptions> {
  const { levels = DEFAULT_LEVELS, neighbours = [], bulk = DEFAULT_BULK_LIMIT, operationCosts } = given
  return {
    ...checkedLevels({ levels, neighbours }),
    bulk: checkedBulkLimit(bulk),
    operationCosts: checkedCosts({ ...DEFAULT_OPERATION_COSTS, ...operationCosts }),
  }
}
