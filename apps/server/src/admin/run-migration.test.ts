import { randomUUID } from 'node:crypto'
import { installOutbox, openLedger } from '@tidegate/guard'
import type { SqlDatabase } from '@tidegate/guard/sql'
import { openMemoryPglite } from '@tidegate/guard/testing'
import { ResourceId } from '@tidegate/protocol'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { runMigration } from './run-migration.ts'

let database: SqlDatabase

beforeAll(async () => {
  database = await openMemoryPglite()
  await installOutbox(database)
  const resourceId = ResourceId.parse('shard-1')
  await openLedger({
    database,
    resources: { resources: [{ resourceId, capacityBytesPerSecond: 1 }], resourceOf: () => resourceId },
    newId: randomUUID,
  })
})
afterAll(() => database.close())
beforeEach(() =>
  database.script('DROP TABLE IF EXISTS note; CREATE TABLE note (id int PRIMARY KEY); TRUNCATE tidegate.outbox'),
)

const notes = async () => (await database.query<{ id: number }>('SELECT id FROM note ORDER BY id')).map((row) => row.id)

test('a migration commits as a whole and says what it proposed', async () => {
  const result = await runMigration(
    database,
    `INSERT INTO note VALUES (1);
     SELECT tidegate.propose(cause => 'm1', accounts => ARRAY['a', 'b'], reason => 'r', expires_in => interval '1 day');
     SELECT tidegate.propose(cause => 'm2', account => 'b', reason => 'r', expires_in => interval '1 day');`,
  )
  expect(result).toEqual({ statementCount: 3, outboxRowCount: 2, accountCount: 2, causeIds: ['m1', 'm2'] })
  expect(await notes()).toEqual([1])
})

test('a proposal for everyone has no account count, and a migration without one proposes nothing', async () => {
  const everyone = `SELECT tidegate.propose(cause => 'm', everyone => true)`
  expect(await runMigration(database, everyone)).toMatchObject({ outboxRowCount: 1, accountCount: null })
  expect(await runMigration(database, '-- nothing')).toMatchObject({ outboxRowCount: 0, accountCount: 0, causeIds: [] })
})

test('one statement that fails undoes all, and its line is named', async () => {
  const file = `INSERT INTO note VALUES (1);\n\n-- a comment\nINSERT INTO note\n  VALUES (length('Zürich ist\n  schön')), (nope);`
  await expect(runMigration(database, file)).rejects.toMatchObject({ kind: 'failed', line: 6, sqlState: '42703' })
  const atRuntime = `INSERT INTO note VALUES (1);\nSELECT 1;\nINSERT INTO note VALUES (1);`
  await expect(runMigration(database, atRuntime)).rejects.toMatchObject({ kind: 'failed', line: 3, sqlState: '23505' })
  expect(await notes()).toEqual([])
})

test.each([
  ['INSERT INTO note VALUES (1); COMMIT; INSERT INTO note VALUES (2)', 'COMMIT'],
  ['INSERT INTO note VALUES (1);\ncommit and chain;', 'COMMIT AND'],
  ['/* x */ BEGIN; SELECT 1; END', 'BEGIN'],
  ['ROLLBACK', 'ROLLBACK'],
  ["PREPARE TRANSACTION 'x'", 'PREPARE TRANSACTION'],
])('a migration with transaction control of its own never runs: %s', async (file, words) => {
  await expect(runMigration(database, file)).rejects.toMatchObject({ kind: 'refused' })
  await expect(runMigration(database, file)).rejects.toThrow(`and ${words} would end it`)
  expect(await notes()).toEqual([])
})

test('savepoints, and the word COMMIT in a string or a function body, are no transaction control', async () => {
  await runMigration(
    database,
    `SAVEPOINT s; INSERT INTO note VALUES (1); ROLLBACK TO s; INSERT INTO note VALUES (2); RELEASE s;
     DO $$ BEGIN PERFORM 'COMMIT;'; END $$;`,
  )
  expect(await notes()).toEqual([2])
})

test('a COMMIT hidden in a DO block is refused by PostgreSQL, and nothing stays', async () => {
  const file = 'INSERT INTO note VALUES (1); DO $$ BEGIN COMMIT; END $$; INSERT INTO note VALUES (2)'
  await expect(runMigration(database, file)).rejects.toMatchObject({ kind: 'failed', sqlState: '2D000' })
  expect(await notes()).toEqual([])
})

test('a file that is not SQL is refused with the line', async () => {
  await expect(runMigration(database, 'SELECT 1;\nSELEKT 2;')).rejects.toMatchObject({ kind: 'refused', line: 2 })
  await expect(runMigration(database, 'SELECT 1\0')).rejects.toThrow('NUL character')
})

test('what a migration set in its session is gone afterwards, whether it succeeded or failed', async () => {
  const settings = "SET statement_timeout = '1h'; SET search_path TO pg_catalog; SET TIME ZONE 'Asia/Tokyo'"
  await runMigration(database, settings)
  await expect(runMigration(database, `${settings}; SELECT 1/0`)).rejects.toThrow('division by zero')
  const [row] = await database.query<{ timeout: string; path: string }>(
    `SELECT current_setting('statement_timeout') AS timeout, current_setting('search_path') AS path`,
  )
  expect(row?.timeout).toBe('0')
  expect(row?.path).toContain('public')
})

test('a migration that leaves temporary tables and prepared statements behind can run again', async () => {
  const file = 'CREATE TEMP TABLE scratch (id int); PREPARE one AS SELECT 1; DECLARE c CURSOR WITH HOLD FOR SELECT 1'
  await runMigration(database, file)
  expect(await runMigration(database, file)).toMatchObject({ statementCount: 3 })
})

test('an error that a migration hides from us still undoes it', async () => {
  const file =
    'CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (id int REFERENCES parent DEFERRABLE INITIALLY DEFERRED); INSERT INTO child VALUES (1)'
  await expect(runMigration(database, file)).rejects.toMatchObject({ kind: 'failed', sqlState: '23503' })
})

test.each([
  ['a decision written past the guard', "UPDATE tidegate_ledger.ledger SET guard_mode = 'off'"],
  ['one hidden in a block', "DO $$ BEGIN UPDATE tidegate_ledger.ledger SET guard_mode = 'off'; END $$"],
  ['one behind a savepoint', "SAVEPOINT s; UPDATE tidegate_ledger.ledger SET guard_mode = 'off'; RELEASE s"],
  [
    'a token of its own',
    "INSERT INTO tidegate_ledger.token VALUES ('x', 'me', '{operator}', 1, 'me', NULL, NULL, NULL)",
  ],
  ['an emptied table', 'TRUNCATE tidegate_ledger.signal'],
  ["the record's triggers switched off", 'ALTER TABLE tidegate_ledger.event DISABLE TRIGGER ALL'],
  [
    'another function for its own',
    'CREATE OR REPLACE FUNCTION tidegate_ledger.refuse_to_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$',
  ],
  ['the ledger dropped', 'DROP SCHEMA tidegate_ledger CASCADE'],
])('a migration that touches the ledger is undone: %s', async (_, file) => {
  const ledger = () => database.query(`SELECT guard_mode FROM tidegate_ledger.ledger`)
  const before = await ledger()
  await expect(runMigration(database, `INSERT INTO note VALUES (1); ${file}`)).rejects.toMatchObject({
    kind: 'refused',
    message: expect.stringContaining("it touches the guard's ledger"),
  })
  expect(await ledger()).toEqual(before)
  expect(await notes()).toEqual([])
})

test.each(['SET session_replication_role = replica', 'SET track_counts = off'])(
  'a migration may not hide its changes from triggers: %s',
  async (statement) => {
    await expect(runMigration(database, `${statement};\nINSERT INTO note VALUES (1)`)).rejects.toMatchObject({
      kind: 'refused',
      line: 1,
    })
    expect(await notes()).toEqual([])
  },
)
