import { preparedImage } from '@tidegate/guard/testing'
import { expect, test, vi } from 'vitest'
import { checkMigration } from './check-migration.ts'
import type { CheckResult } from './core/check-result.ts'
import { FIVE_THOUSAND_ACCOUNTS, MAILBOX_SCHEMA } from './testing/mailbox-schema.ts'

// Each check starts a database; on a busy machine that takes seconds.
vi.setConfig({ testTimeout: 60_000 })

const check = async (migrationSql: string, schemaSql = MAILBOX_SCHEMA) =>
  checkMigration({ migrationSql, schemaSql, emptyDatabase: await preparedImage() })
const ruleIds = (result: CheckResult) => ('findings' in result ? result.findings.map(({ ruleId }) => ruleId) : [])
const messages = (result: CheckResult) => ('findings' in result ? result.findings.map(({ message }) => message) : [])

const PROPOSE_ALL = `-- Zürich 🐎
UPDATE mailbox.account SET resource_id = resource_id;
SELECT tidegate.propose(cause => 'm', accounts => ARRAY(SELECT account_id FROM mailbox.account),
  reason => 'why', expires_in => interval '7 days');`

test('a reset of 5,000 accounts is blocked, and the accounts, the line and the way out are named', async () => {
  const result = await check(PROPOSE_ALL, FIVE_THOUSAND_ACCOUNTS)
  expect(result).toMatchObject({ kind: 'block', statementCount: 2 })
  expect(messages(result)).toEqual([
    'm would tell 5,000 accounts to verify the whole account (line 3): account-1, account-10, account-100 and 4,997 more. Without approval a cause may reach 20.',
  ])
  expect(result).toMatchObject({
    manifests: [
      { causeId: 'm', actions: ['verify'], wholeAccount: true, collections: [], proposalCount: 1, accountCount: 5000 },
    ],
  })
})

test('proposing row by row is 5,000 proposals of 5,000 accounts, and one signal', async () => {
  const result = await check(
    `SELECT tidegate.propose(cause => 'm', account => account_id, collections => ARRAY['messages'], reason => 'why',
       expires_in => interval '7 days') FROM mailbox.account;`,
    FIVE_THOUSAND_ACCOUNTS,
  )
  expect(result).toMatchObject({ kind: 'block', manifests: [{ proposalCount: 5000, accountCount: 5000 }] })
  expect(result).toMatchObject({ causes: [{ signals: [{ lines: [1] }] }], manifests: [{ collections: ['messages'] }] })
})

test('a migration that tells nobody anything is allowed', async () => {
  expect(
    await check('ALTER TABLE mailbox.message ADD COLUMN label text; CREATE INDEX ON mailbox.message (label);'),
  ).toMatchObject({ kind: 'allow', causes: [], manifests: [], findings: [] })
})

test('a few accounts, with a reason and an end, are allowed: also through a trigger, and on the line that fired it', async () => {
  const result = await check(`\nUPDATE mailbox.message\n  SET folder = 'Archive';`)
  expect(result).toMatchObject({ kind: 'allow', causes: [{ causeId: 'folders', proposalCount: 2, accountCount: 2 }] })
  expect(result).toMatchObject({ causes: [{ signals: [{ lines: [2] }] }] })
})

test('what fires only at the commit is counted too', async () => {
  const schema = MAILBOX_SCHEMA.replace(
    'CREATE TRIGGER tell AFTER UPDATE ON mailbox.message',
    'CREATE CONSTRAINT TRIGGER tell AFTER UPDATE ON mailbox.message DEFERRABLE INITIALLY DEFERRED',
  )
  expect(await check(`UPDATE mailbox.message SET folder = 'Archive'`, schema)).toMatchObject({
    kind: 'allow',
    manifests: [{ causeId: 'folders', accountCount: 2 }],
  })
})

test('everyone, no end, no reason, several causes and a row written by hand are each found, one manifest per cause', async () => {
  const result = await check(`
    SELECT tidegate.propose(cause => 'b', everyone => true);
    SELECT tidegate.propose(cause => 'a', account => 'account-1', action => 'refetch', collections => ARRAY['bodies'],
      reason => 'why', expires_in => interval '60 days');
    INSERT INTO tidegate.outbox (proposal, account_ids) VALUES ('{"causeId": ""}', '{x}');`)
  expect(result).toMatchObject({
    kind: 'block',
    manifests: [
      { causeId: 'a', actions: ['refetch'], wholeAccount: false, collections: ['bodies'], accountCount: 1 },
      { causeId: 'b', actions: ['verify'], wholeAccount: true, proposalCount: 1, accountCount: null },
    ],
  })
  expect(ruleIds(result)).toEqual(['TG003', 'TG003', 'TG004', 'TG010', 'TG011'])
  expect(messages(result)[0]).toContain('1 signal of a (line 3) would live longer than 30 days')
})

test('a row whose fields nobody reads is no proposal here either (TG010)', async () => {
  const result = await check(`
    INSERT INTO tidegate.outbox (proposal, account_ids)
    VALUES ('{"causeId": "a", "scope": {"kind": "account"}, "cohort": 0.01}', '{x}');`)
  expect(ruleIds(result)).toContain('TG010')
  expect(messages(result).join()).toContain('cohort')
})

test('the same migration twice gives the same bytes, and nothing of the first run is there in the second (K1, K3)', async () => {
  const migration = `CREATE TABLE once (id uuid DEFAULT gen_random_uuid()); ${PROPOSE_ALL}`
  const [first, second] = [
    await check(migration, FIVE_THOUSAND_ACCOUNTS),
    await check(migration, FIVE_THOUSAND_ACCOUNTS),
  ]
  expect(first.kind).toBe('block')
  expect(JSON.stringify(second)).toBe(JSON.stringify(first))
})

test.each([
  [
    'ALTER TABLE mailbox.message DISABLE TRIGGER ALL; UPDATE mailbox.message SET folder = folder',
    'TG101',
    'Line 1: it switches triggers off',
  ],
  [
    "SET session_replication_role = replica; UPDATE mailbox.message SET folder = 'x'",
    'TG101',
    'Line 1: it sets session_replication_role',
  ],
  [
    'ALTER FUNCTION tidegate.propose RENAME TO real_propose; CREATE FUNCTION tidegate.propose(cause text) RETURNS void LANGUAGE sql AS $$ $$; SELECT tidegate.propose(cause => $$m$$)',
    'TG102',
    'At its end: it changes the outbox or tidegate.propose itself',
  ],
])('inconclusive, never "no signals", when capture was bypassed: %s (K2)', async (migration, ruleId, message) => {
  const result = await check(migration)
  expect(result.kind).toBe('inconclusive')
  expect(result).not.toHaveProperty('manifests')
  expect(ruleIds(result)).toContain(ruleId)
  expect(messages(result).join('\n')).toContain(message)
})

test('a bypass that no text shows is noticed where it happens, even when it was put back (K2)', async () => {
  const result = await check(`
    DO $do$ BEGIN
      EXECUTE 'ALTER TABLE mailbox.message DISABLE ' || 'TRIGGER tell';
      UPDATE mailbox.message SET folder = folder;
      EXECUTE 'ALTER TABLE mailbox.message ENABLE ' || 'TRIGGER tell';
      PERFORM set_config('session_' || 'replication_role', 'replica', true);
      UPDATE mailbox.message SET folder = folder;
      PERFORM set_config('session_' || 'replication_role', 'origin', true);
      EXECUTE 'CREATE OR REPLACE FUNCTION mailbox.tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$';
    END $do$;
    UPDATE mailbox.message SET folder = folder;
    DO $$ BEGIN PERFORM tidegate.propose(cause => 'm', account => 'a'); EXECUTE 'DELETE FROM ' || 'tidegate.outbox'; END $$;`)
  expect(result.kind).toBe('inconclusive')
  expect(messages(result).filter((message) => message.startsWith('At its end'))).toEqual([
    'At its end: it switches off or changes triggers or rules: tell of mailbox.message, so signals may have gone uncounted.',
    'At its end: it writes while session_replication_role is replica, so signals may have gone uncounted.',
    'At its end: it changes functions that may propose: mailbox.tell, so signals may have gone uncounted.',
    'At its end: it deletes or changes rows of the outbox, so signals may have gone uncounted.',
  ])
})

test('a schema file without the rows a migration is about is inconclusive, and so is a dropped trigger (K2)', async () => {
  const result = await check(`
    SELECT tidegate.propose(cause => 'm', account => account_id) FROM mailbox.note;
    UPDATE mailbox.note SET body = 'x';
    DROP TRIGGER tell ON mailbox.message;
    DROP SCHEMA tidegate CASCADE;`)
  expect(result.kind).toBe('inconclusive')
  expect(messages(result)).toEqual([
    expect.stringContaining('it drops triggers or rules: tell of mailbox.message'),
    expect.stringContaining('it changes the outbox or tidegate.propose itself'),
    expect.stringContaining(
      'Line 2: it names note, whose triggers may propose, and in the schema file note has no row',
    ),
    expect.stringContaining(
      'Line 2: it calls tidegate.propose, and on the rows of the schema file that proposed nothing',
    ),
  ])
})

test('a row of the outbox that pretends to be of another transaction is counted', async () => {
  const result = await check(`INSERT INTO tidegate.outbox (xact_id, proposal)
    VALUES ('3', '{"causeId": "m", "scope": {"kind": "account"}, "reason": "r", "expiresInMs": 1000}');`)
  expect(result).toMatchObject({ kind: 'block', manifests: [{ causeId: 'm', accountCount: null }] })
})

test('a manifest declares classes when every signal of its cause is limited to some, and only then', async () => {
  const propose = (account: string, classes: string) =>
    `SELECT tidegate.propose(cause => 'm', account => '${account}', reason => 'r', expires_in => interval '1 day'${classes});`
  const bridges = propose('a', ", classes => ARRAY['desktop', 'bridge']")
  const limited = await check(bridges + propose('b', ", classes => ARRAY['bridge', 'web']"))
  expect(limited).toMatchObject({ manifests: [{ clientClasses: ['bridge', 'desktop', 'web'] }] })
  const open = await check(bridges + propose('b', ''))
  expect('manifests' in open && open.manifests[0]).not.toHaveProperty('clientClasses')
})

test('a trigger that proposes by way of another function is one too, and so is a rule (K2)', async () => {
  const schema = `${MAILBOX_SCHEMA}
    CREATE FUNCTION mailbox.all_of(account text) RETURNS void LANGUAGE plpgsql AS $$
      BEGIN PERFORM tidegate.propose(cause => 'm', account => account); END $$;
    CREATE FUNCTION mailbox.tell_indirectly() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN PERFORM mailbox.all_of(NEW.account_id); RETURN NEW; END $$;
    CREATE TRIGGER tell AFTER UPDATE ON mailbox.account FOR EACH ROW EXECUTE FUNCTION mailbox.tell_indirectly();
    CREATE RULE tell_rule AS ON DELETE TO mailbox.message DO ALSO SELECT mailbox.all_of(OLD.account_id);`
  const result = await check(
    `CREATE OR REPLACE FUNCTION mailbox.tell_indirectly() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
     UPDATE mailbox.account SET account_id = account_id;
     DROP RULE tell_rule ON mailbox.message; DELETE FROM mailbox.message;`,
    schema,
  )
  expect(result.kind).toBe('inconclusive')
  expect(messages(result)).toEqual([
    expect.stringContaining('it drops triggers or rules: tell_rule of mailbox.message'),
    expect.stringContaining('it changes functions that may propose: mailbox.tell_indirectly'),
  ])
})

test('a migration that gives up its rights half-way is counted all the same', async () => {
  const result = await check(`
    CREATE ROLE app; GRANT USAGE ON SCHEMA mailbox TO app; GRANT ALL ON ALL TABLES IN SCHEMA mailbox TO app;
    SET search_path = mailbox;
    SELECT tidegate.propose(cause => 'm', account => account_id, reason => 'r', expires_in => '1 day') FROM account;
    SET ROLE app;
    SELECT folder FROM message;`)
  expect(result).toMatchObject({ kind: 'allow', manifests: [{ causeId: 'm', accountCount: 2 }] })
})
