import { z } from 'zod'
import type { Suspicion } from './suspicion.ts'

/** Rows of the outbox that differ in their accounts alone, which the guard will make one signal of. Parsed: it comes out of a database. */
export const OutboxGroup = z.object({
  /** As the outbox holds it; a row written by hand may be anything. */
  proposal: z.unknown(),
  isEveryone: z.boolean(),
  rowCount: z.int().min(1),
  /** Which statements of the migration wrote them, counted from 0, rising. */
  statementIndexes: z.array(z.int().min(0)),
})
export type OutboxGroup = z.infer<typeof OutboxGroup>

/** The accounts that one cause names: how many different ones, and the first few in order. */
export const NamedAccounts = z.object({
  causeId: z.string(),
  accountCount: z.int().min(0),
  firstAccountIds: z.array(z.string()),
})
export type NamedAccounts = z.infer<typeof NamedAccounts>

/** What a run of the migration showed, before anything is made of it. */
export interface Measurement {
  readonly groups: readonly OutboxGroup[]
  readonly named: readonly NamedAccounts[]
  /** Distinct accounts that all causes together name. */
  readonly namedAccountCount: number
  readonly suspicions: readonly Suspicion[]
  /** Tables without a row, with a trigger that may propose. */
  readonly silentTables: readonly string[]
}
