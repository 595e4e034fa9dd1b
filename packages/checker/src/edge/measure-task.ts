import type { CheckFailure } from '../core/check-failure.ts'
import type { Measurement } from '../core/measurement.ts'
import type { RunnableStatement } from './run-statement.ts'

/** What the worker is given: both files, cut into statements. */
export interface MeasureTask {
  readonly schema: readonly RunnableStatement[]
  /** `mustPropose`: the statement calls `tidegate.propose`, so it is expected to leave a row. */
  readonly migration: readonly (RunnableStatement & { readonly mustPropose: boolean })[]
  readonly emptyDatabase?: Blob
}

/** What the worker tells. `began` tells where it is, should it have to be ended there; one of the others is its last word. */
export type MeasureNews =
  | { readonly kind: 'began'; readonly file: CheckFailure['file']; readonly index: number }
  | { readonly kind: 'measured'; readonly measurement: Measurement }
  | { readonly kind: 'failed'; readonly failure: CheckFailure }
