import { preparedImage } from '@tidegate/guard/testing'
import { expect, test, vi } from 'vitest'
import { checkMigration } from './check-migration.ts'
import { MAILBOX_SCHEMA } from './testing/mailbox-schema.ts'

// Each check starts a database; on a busy machine that takes seconds.
vi.setConfig({ testTimeout: 60_000 })

const check = async (migrationSql: string, schemaSql = MAILBOX_SCHEMA, deadlineMs = 60_000) =>
  checkMigration({ migrationSql, schemaSql, deadlineMs, emptyDatabase: await preparedImage() })

test.each([
  ['SELECT 1; COMMIT; SELECT 2', 'COMMIT would end'],
  ['SELECT 1;\ncommit and chain;', 'COMMIT AND would end'],
  ['/* x */ BEGIN; SELECT 1; END', 'BEGIN would end'],
  ['ROLLBACK', 'ROLLBACK would end'],
  ["PREPARE TRANSACTION 'x'", 'PREPARE TRANSACTION would end'],
  ['VACUUM mailbox.message', 'VACUUM MAILBOX.MESSAGE cannot run inside a transaction'],
  ['CREATE INDEX CONCURRENTLY ON mailbox.message (folder)', 'CREATE INDEX cannot run inside a transaction'],
  ["COPY mailbox.message TO PROGRAM 'mail -s x'", 'COPY would run a program'],
])('what would break out of the one transaction is refused before anything runs: %s', async (migration, message) => {
  expect(await check(migration)).toMatchObject({
    kind: 'could-not-run',
    failure: { kind: 'refused', file: 'migration' },
  })
  expect(await check(migration)).toMatchObject({ failure: { message: expect.stringContaining(message) } })
})

test('a COMMIT hidden in a DO block is refused on its line; savepoints are not', async () => {
  const hidden = `SAVEPOINT a; SELECT 1; ROLLBACK TO a; RELEASE a;\nDO $$ BEGIN COMMIT; END $$`
  expect(await check(hidden)).toMatchObject({
    kind: 'could-not-run',
    failure: { kind: 'refused', place: { line: 2, column: 1 }, sqlState: '2D000' },
  })
})

test('errors name the line and column, also behind letters that take several bytes', async () => {
  expect(await check("SELECT 'Zürich 🐎';\nSELECT 'é' SELEKT 1")).toMatchObject({
    kind: 'could-not-run',
    failure: { kind: 'sql', file: 'migration', place: { line: 2, column: 19 }, sqlState: '42601' },
  })
  expect(await check("SELECT 'Zürich';\n-- é\nSELECT 'é🐎',\n  '🐎', nope")).toMatchObject({
    failure: { kind: 'sql', message: 'column "nope" does not exist', place: { line: 4, column: 8 } },
  })
})

test('a schema file that does not run says so, and what usually helps', async () => {
  expect(await check('SELECT 1', 'CREATE TABLE a (id int);\nALTER TABLE a OWNER TO postmaster;')).toMatchObject({
    failure: {
      kind: 'sql',
      file: 'schema',
      place: { line: 2, column: 1 },
      doInstead: expect.stringContaining('--no-owner'),
    },
  })
  expect(await check('SELECT 1', '\\restrict x\nCREATE TABLE a (id int);\nCOPY a FROM stdin;\n1\n\\.\n')).toMatchObject(
    {
      failure: { file: 'schema', place: { line: 4, column: 1 }, doInstead: expect.stringContaining('--inserts') },
    },
  )
  expect(await check('SELECT 1\0')).toMatchObject({ failure: { kind: 'sql', place: { line: 1, column: 9 } } })
})

test('a migration that never ends is ended at the deadline, and the statement is named', async () => {
  const endless = 'SELECT 1;\nDO $$ BEGIN LOOP END LOOP; END $$'
  expect(await check(endless, 'CREATE TABLE a ()', 5_000)).toMatchObject({
    kind: 'could-not-run',
    failure: { kind: 'deadline', place: { line: 2, column: 1 }, message: expect.stringContaining('5 s') },
  })
})

test('options out of range are mistakes of the caller', async () => {
  await expect(check('SELECT 1', '', 0)).rejects.toThrow(
    new RangeError('Cannot check: deadlineMs must be above 0 and below 2^31, got 0'),
  )
  await expect(checkMigration({ migrationSql: '', schemaSql: '', activeAccountCount: -1 })).rejects.toThrow(RangeError)
})
