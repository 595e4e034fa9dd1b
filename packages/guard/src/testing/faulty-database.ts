import type { Sql, SqlDatabase } from '../sql.ts'

/** What a {@link faultyDatabase} throws: the process is taken to have died there. */
export class Crashed extends Error {
  override readonly name = 'Crashed'
}

/** Counts steps over several databases: each statement, and each commit, is one. */
export class CrashPoint {
  #stepsLeft: number

  /** @param steps how many steps succeed before the crash */
  constructor(steps: number) {
    this.#stepsLeft = steps
  }

  /** False while no step was refused: the work got to its end. */
  get hasCrashed(): boolean {
    return this.#stepsLeft < 0
  }

  pass(): void {
    if (--this.#stepsLeft < 0) throw new Crashed('the process died here')
  }
}

/**
 * A database whose user dies at a chosen step: before a statement, or after a commit and before learning of it.
 * From then on every step is refused, as a dead process asks for nothing.
 */
export function faultyDatabase(database: SqlDatabase, point: CrashPoint): SqlDatabase {
  const faulty = (sql: Sql): Sql => ({
    async query<Row extends object>(text: string, parameters?: readonly unknown[]): Promise<Row[]> {
      point.pass()
      return sql.query<Row>(text, parameters)
    },
    async script(text) {
      point.pass()
      return sql.script(text)
    },
  })
  return {
    ...faulty(database),
    async transaction(work, options) {
      const result = await database.transaction((sql) => work(faulty(sql)), options)
      point.pass()
      return result
    },
    close: () => database.close(),
  }
}
