export { openPostgres, type PostgresOptions } from './edge/sql/postgres-database.ts'
