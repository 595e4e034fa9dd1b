import type { LedgerSettings } from '../core/ledger-settings.ts'
import type { RuleBook } from '../core/rules/rule-book.ts'
import type { Resources } from '../resources.ts'
import type { SqlDatabase } from '../sql.ts'

/** What every operation of an open ledger needs. */
export interface LedgerContext {
  readonly database: SqlDatabase
  readonly outboxes: readonly OutboxSource[]
  readonly resources: Resources
  readonly settings: LedgerSettings
  readonly rules: RuleBook
  /** May approve what they registered or proposed themselves, however many it is for. */
  readonly ownApprovers: ReadonlySet<string>
  readonly newId: () => string
}

/** A database with an outbox in it; its name tells rows of one from rows of another, so it must never change. */
export interface OutboxSource {
  readonly name: string
  readonly database: SqlDatabase
}
