export { openMemoryPglite, preparedImage } from './testing/memory-pglite.ts'
export { hasPostgres, type PostgresServer, postgresBinaries, startPostgres } from './testing/postgres-server.ts'
