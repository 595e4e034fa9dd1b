export { DataDirectoryInUse } from './edge/data-directory-lock.ts'
export { openPglite, type PgliteOptions } from './edge/sql/pglite-database.ts'
