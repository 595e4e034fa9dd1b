import type { Benchmark } from '../bench-result.ts'
import { bulkWrites } from '../bulk-writes.ts'

/** Bulk writes over a thousand accounts, their rows mixed, as a migration's are. */
export const thousandAccounts: Benchmark = (options) => bulkWrites('thousand-accounts', 1_000, options)
