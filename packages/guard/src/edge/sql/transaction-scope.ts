import { AsyncLocalStorage } from 'node:async_hooks'
import type { Sql } from '../../sql.ts'

/**
 * Turns the two mistakes that one can make with a transaction into errors: asking the database itself inside `work`
 * (a deadlock on PGlite, which has one backend; outside of the transaction on PostgreSQL), and using the handed `Sql`
 * after the transaction has ended.
 */
export class TransactionScope {
  readonly #current = new AsyncLocalStorage<{ isOpen: boolean }>()

  /** @throws Error inside a transaction of the same database, because only the handed `Sql` may be used there */
  assertOutside(): void {
    if (this.#current.getStore()?.isOpen)
      throw new Error('Cannot use the database inside its own transaction: use the Sql that was handed to the work')
  }

  /** Runs `work` as the inside of a transaction, with `sql` usable for as long as it runs. */
  async run<Result>(sql: Sql, work: (sql: Sql) => Promise<Result>): Promise<Result> {
    const transaction = { isOpen: true }
    const open = () => {
      if (!transaction.isOpen) throw new Error('Cannot use this Sql any more: its transaction has ended')
    }
    const guarded: Sql = {
      async query<Row extends object>(text: string, parameters?: readonly unknown[]): Promise<Row[]> {
        open()
        return sql.query<Row>(text, parameters)
      },
      async script(text) {
        open()
        return sql.script(text)
      },
    }
    try {
      return await this.#current.run(transaction, () => work(guarded))
    } finally {
      transaction.isOpen = false
    }
  }
}
