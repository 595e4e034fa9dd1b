import type { Benchmark } from '../bench-result.ts'
import { bulkWrites } from '../bulk-writes.ts'

/** Bulk writes that are all of one account: one root takes every change. */
export const oneAccount: Benchmark = (options) => bulkWrites('one-account', 1, options)
