import { ADMISSION_MUTANTS } from './admission-mutants.ts'
import { BULK_MUTANTS } from './bulk-mutants.ts'
import { CLIENT_MUTANTS } from './client-mutants.ts'
import { EGRESS_MUTANTS } from './egress-mutants.ts'
import { GUARD_MUTANTS } from './guard-mutants.ts'
import type { Mutant } from './mutant.ts'
import { SHARES_MUTANTS } from './shares-mutants.ts'

/** Every planted breach. Each invariant of the client and the guard that exists so far has at least one. */
export const MUTANTS: readonly Mutant[] = [
  ...CLIENT_MUTANTS,
  ...GUARD_MUTANTS,
  ...BULK_MUTANTS,
  ...EGRESS_MUTANTS,
  ...ADMISSION_MUTANTS,
  ...SHARES_MUTANTS,
]
