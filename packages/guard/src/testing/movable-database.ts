import type { SqlDatabase } from '../sql.ts'

/** A database that is moved while it is in use: to a restored copy, to a promoted standby. */
export interface MovableDatabase extends SqlDatabase {
  moveTo(database: SqlDatabase): void
}

/** Its `close` closes where it is; what it was before is the test's to close. */
export function movableDatabase(first: SqlDatabase): MovableDatabase {
  let current = first
  return {
    query: (text, parameters) => current.query(text, parameters),
    script: (text) => current.script(text),
    transaction: (work, options) => current.transaction(work, options),
    close: () => current.close(),
    moveTo(database) {
      current = database
    },
  }
}
