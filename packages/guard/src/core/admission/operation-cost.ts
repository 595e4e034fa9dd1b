/** What operations of a class cost the storage, in units: each as much as reading a payload byte. */
export interface OperationCost {
  /** Of every operation, whatever it carries; >= 0. */
  readonly fixedUnits: number
  /** Of each payload byte; >= 0. */
  readonly unitsPerByte: number
}

export type OperationCosts = Readonly<Record<string, OperationCost>>

/**
 * A start, for storage like PostgreSQL's: nothing is read in less than a block of 8 KiB, and what is written goes to the
 * log and to its block. Whoever has measured their own storage declares their own classes.
 */
export const DEFAULT_OPERATION_COSTS = {
  read: { fixedUnits: 8_192, unitsPerByte: 1 },
  write: { fixedUnits: 16_384, unitsPerByte: 2 },
} as const satisfies OperationCosts

/** @throws RangeError for a cost that is not a number from 0 */
export function checkedCosts(costs: OperationCosts): OperationCosts {
  for (const [operation, { fixedUnits, unitsPerByte }] of Object.entries(costs)) {
    for (const [name, value] of Object.entries({ fixedUnits, unitsPerByte })) {
      if (value >= 0 && value < Number.POSITIVE_INFINITY) continue
      throw new RangeError(`Cannot tell what ${operation} costs: ${name} must be a number from 0, got ${value}`)
    }
  }
  return costs
}

/**
 * @param payloadBytes what it is expected to carry, >= 0; what it carried, when it is settled
 * @throws RangeError for a class that has no cost
 */
export function unitsOf(costs: OperationCosts, operation: string, payloadBytes: number): number {
  const cost = Object.hasOwn(costs, operation) ? costs[operation] : undefined
  if (cost) return cost.fixedUnits + cost.unitsPerByte * payloadBytes
  const known = Object.keys(costs).join(', ')
  throw new RangeError(`Cannot tell what ${operation} costs: it is none of ${known}`)
}
