import { AccountId, ALL_ORDINALS, type ChangesSinceAnswer, type CollectionSource, ItemId } from '@tidegate/protocol'
import fingerprints from '@tidegate/protocol/vectors/fingerprints.json' with { type: 'json' }
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SqlDatabase } from '../sql.ts'
import { openMemoryPglite } from '../testing/memory-pglite.ts'
import { hasPostgres, type PostgresServer, startPostgres } from '../testing/postgres-server.ts'
import { ACCOUNT, COLLECTION } from '../testing/source-model.ts'
import { MAILBOX_SQL, MAILBOX_TRACK } from '../testing/tracked-mailbox.ts'
import { pruneTrack } from './prune-track.ts'
import { sqlCollectionSource } from './sql-collection-source.ts'
import { track, untrack } from './track.ts'
import { TrackError } from './track-options.ts'
import { rebuildTrack, verifyTrack } from './verify-track.ts'

const OTHER = AccountId.parse('account-2')

trackSuite('PGlite', openMemoryPglite)

describe.skipIf(!hasPostgres('track: PostgreSQL'))('on a real server', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server.stop())
  trackSuite('PostgreSQL', () => server.openDatabase())

  test('writers whose transactions touch the same accounts in opposite orders never deadlock', async () => {
    await using it = await aMailbox(() => server.openDatabase())
    const writer = async (number: number) => {
      for (let at = 0; at < 15; at++)
        await it.db.transaction(async (sql) => {
          for (let step = 0; step < 6; step++) {
            const account = (number * 7 + at + (number % 2 === 0 ? step : 19 - step)) % 20
            await sql.query(insertSql(`'account-${account}'`, `'${number}-${at}'`, `${number * 1000 + at * 10 + step}`))
            await sql.query(
              `update mailbox.message set content_hash = 'again' where account_id = $1 and message_id = $2`,
              [`account-${account}`, `${number}-${at}`],
            )
          }
        })
    }
    await Promise.all(Array.from({ length: 8 }, (_, number) => writer(number)))
    expect(await verifyTrack(it.db, COLLECTION)).toMatchObject({ isClean: true })
  })

  test('a commit that others see first comes first in the sequence, whoever wrote first', async () => {
    await using it = await aMailbox(() => server.openDatabase())
    const slowHasWritten = aPromise()
    const quickIsDone = aPromise()
    const slow = it.db.transaction(async (sql) => {
      await sql.query(insertSql(`'${ACCOUNT}'`, `'slow'`, '1'))
      slowHasWritten.resolve()
      await quickIsDone.promise
    })
    await slowHasWritten.promise
    await it.insert('quick', 2)
    quickIsDone.resolve()
    await slow
    const first = await changes(it.source, 0, 1)
    expect(first.kind === 'changes' && first.upserts.map(({ id }) => id)).toEqual(['quick'])
  })
})

function trackSuite(name: string, open: () => Promise<SqlDatabase>) {
  describe(`track: ${name}`, () => {
    test("the protocol's fingerprint vectors come out of the SQL function", async () => {
      await using it = await aMailbox(open)
      for (const { scheme, collection, items, digest, what } of fingerprints.digests) {
        const [row] = await it.db.query<{ bits: string | null }>(
          `select bit_xor(tidegate.track_fingerprint(tidegate.track_prefix($1, $2), item->>'id', item->>'contentHash'))::text as bits
           from jsonb_array_elements($3::jsonb) as item`,
          [scheme.salt, collection, JSON.stringify(items)],
        )
        expect([what, hexOf(row?.bits)]).toEqual([what, digest.fingerprint])
      }
    })

    test('rows that are there when tracking begins are in the digests, and older positions are unknown', async () => {
      const db = await open()
      await db.script(MAILBOX_SQL)
      await db.query(insertSql(`'${ACCOUNT}'`, `'m' || i`, 'i', 'generate_series(1, 200) as i'))
      await track(db, MAILBOX_TRACK)
      const source = await sqlCollectionSource(db)
      expect(await whole(source)).toMatchObject({ asOf: 1, digests: [{ itemCount: 200, payloadBytes: 20_000 }] })
      expect(await changes(source, 0)).toMatchObject({ kind: 'unknown-position', oldestSeq: 1 })
      expect(await verifyTrack(db, COLLECTION)).toMatchObject({ isClean: true })
      await db.close()
    })

    test('tracking twice changes nothing, tracking otherwise is refused', async () => {
      await using it = await aMailbox(open)
      await it.insert('a', 1)
      const before = await whole(it.source)
      await track(it.db, MAILBOX_TRACK)
      expect(await whole(await sqlCollectionSource(it.db))).toEqual(before)
      await expect(track(it.db, { ...MAILBOX_TRACK, ordinalsPerBucket: 32 })).rejects.toThrow(/tracked already/)
    })

    test('untracking leaves the rows; tracked anew the salt is new and no old cursor is taken for a new one', async () => {
      await using it = await aMailbox(open)
      for (let at = 0; at < 5; at++) await it.insert(`m${at}`, at)
      const before = await whole(it.source)
      await untrack(it.db, COLLECTION)
      await untrack(it.db, COLLECTION)
      await it.insert('unseen', 9)
      await expect(whole(it.source)).rejects.toThrow(/not tracked any more/)
      await track(it.db, MAILBOX_TRACK)
      const source = await sqlCollectionSource(it.db)
      const after = await whole(source)
      expect(after.scheme.saltId).not.toBe(before.scheme.saltId)
      expect(after.digests[0]?.itemCount).toBe(6)
      expect(await changes(source, before.asOf)).toMatchObject({ kind: 'unknown-position' })
    })

    test.each(['-1', '9007199254740991', '9007199254740992'])(
      'an ordinal that the wire has no word for (%s) is refused where it is written, and in a table to track',
      async (ordinal) => {
        await using it = await aMailbox(open)
        await it.insert('m1', 9_007_199_254_740_990)
        const before = await whole(it.source)
        await expect(it.insert('m2', ordinal)).rejects.toMatchObject({ code: '23514' })
        expect(await whole(it.source)).toEqual(before)
        expect(
          (await it.source.list(ACCOUNT, { collection: COLLECTION, range: ALL_ORDINALS, limit: 9 })).heads,
        ).toHaveLength(1)
        await untrack(it.db, COLLECTION)
        await it.insert('m2', ordinal)
        await expect(track(it.db, MAILBOX_TRACK)).rejects.toThrow(`and is ${ordinal} in some row`)
      },
    )

    test.each([
      ['a table that is not there', { table: 'mailbox.nothing' }, /no such table/],
      ['a column that is not there', { columns: { ...MAILBOX_TRACK.columns, ordinal: 'uidd' } }, /no column "uidd"/],
      [
        'a column that may be null',
        { columns: { ...MAILBOX_TRACK.columns, contentHash: 'note' } },
        /"note" must be NOT NULL/,
      ],
      [
        'an ordinal that is a text',
        { columns: { ...MAILBOX_TRACK.columns, ordinal: 'message_id' } },
        /must be an integer/,
      ],
      ['an ordinal that is not unique', { columns: { ...MAILBOX_TRACK.columns, ordinal: 'mod_seq' } }, /unique index/],
      [
        'a payload that is no SQL',
        { columns: { ...withoutPayload(), payloadExpression: 'item.nope' } },
        /payloadExpression/,
      ],
      ['a bucket of no ordinals', { ordinalsPerBucket: 0 }, /ordinalsPerBucket/],
    ])('%s is refused before anything is installed', async (_, wrong, message) => {
      const db = await open()
      await db.script(`${MAILBOX_SQL}; alter table mailbox.message add note text`)
      const refused = track(db, { ...MAILBOX_TRACK, ...wrong })
      await expect(refused).rejects.toThrow(message)
      await expect(refused).rejects.toBeInstanceOf(TrackError)
      expect(await db.query(`select from pg_namespace where nspname = 'tidegate'`)).toEqual([])
      await db.close()
    })

    test('names that need quoting, ids that are uuids and integers, and a payload expression work', async () => {
      const db = await open()
      await db.script(`create schema "odd "" schema"; create table "odd "" schema"."odd $tidegate$ 'table" (
        "account ""id" int4 not null, "select" uuid not null, "or'd" int4 not null, rev int2 not null, hash bytea not null,
        subject text not null, size int4 not null, primary key ("select"), unique ("account ""id", "or'd"))`)
      await track(db, {
        table: `"odd "" schema"."odd $tidegate$ 'table"`,
        collection: `it's \\ odd`,
        columns: {
          accountId: 'account "id',
          itemId: 'select',
          ordinal: "or'd",
          revision: 'rev',
          contentHash: 'hash',
          payloadExpression: `jsonb_build_object('s', item.subject)`,
          payloadBytes: 'size',
        },
      })
      const id = '0190a0a0-0000-4000-8000-00000000000a'
      await db.query(
        `insert into "odd "" schema"."odd $tidegate$ 'table" values (7, $1::uuid, 1, 1, '\\x01', 'hello', 5)`,
        [id],
      )
      const source = await sqlCollectionSource(db)
      const collection = source.collections[0] as typeof COLLECTION // the one that was just tracked
      const account = AccountId.parse('7')
      const ids = ['not a uuid', id].map((text) => ItemId.parse(text))
      expect(await source.fetch(account, { collection, ids }, 100)).toMatchObject({
        items: [{ id, ordinal: 1, contentHash: '\\x01', payload: { s: 'hello' } }],
        missing: ['not a uuid'],
      })
      const stranger = await source.digests(AccountId.parse('seven'), { collection, ranges: [ALL_ORDINALS] })
      expect(stranger.digests[0]?.itemCount).toBe(0)
      expect(await changesOf(source, account, collection)).toMatchObject({
        upserts: [{ id }],
        digest: { itemCount: 1 },
      })
      expect(await verifyTrack(db, collection)).toMatchObject({ isClean: true })
      await db.close()
    })

    test('a migration that touches every row and changes nothing clients store writes nothing (J4)', async () => {
      await using it = await aMailbox(open)
      await it.db.query(insertSql(`'a' || (i % 7)`, `'m' || i`, 'i', 'generate_series(1, 500) as i'))
      const kept = () =>
        it.db.query(`select (select count(*) from tidegate.track_change) as changes,
          (select count(*) from tidegate.track_batch) as batches, (select last_value from tidegate.track_chunk) as chunk,
          (select sum(seq)::int8 from tidegate.track_root) as seqs`)
      const before = await kept()
      await it.db.query('update mailbox.message set mod_seq = mod_seq + 1, payload = payload')
      expect(await kept()).toEqual(before)
      expect(await verifyTrack(it.db, COLLECTION)).toMatchObject({ isClean: true })
    })

    test('what a savepoint rolls back is in no digest and no log', async () => {
      await using it = await aMailbox(open)
      await it.db.transaction(async (sql) => {
        await sql.script('savepoint one')
        await sql.query(insertSql(`'${ACCOUNT}'`, `'undone'`, '1'))
        await sql.script('rollback to savepoint one')
        await sql.query(insertSql(`'${ACCOUNT}'`, `'kept'`, '2'))
        await sql.script('savepoint two')
        await sql.query(insertSql(`'${ACCOUNT}'`, `'undone too'`, '3'))
        await sql.script('rollback to savepoint two')
      })
      expect(await changes(it.source, 0)).toMatchObject({ toSeq: 1, upserts: [{ id: 'kept' }] })
      expect(await verifyTrack(it.db, COLLECTION)).toMatchObject({ isClean: true })
    })

    test('with constraints made immediate each statement is folded as it ends, and everything stays right', async () => {
      await using it = await aMailbox(open)
      await it.db.transaction(async (sql) => {
        await sql.query(insertSql(`'${ACCOUNT}'`, `'a'`, '1'))
        await sql.query('set constraints all immediate')
        await sql.query(insertSql(`'${ACCOUNT}'`, `'b' || i`, 'i + 10', 'generate_series(1, 100) as i'))
        await sql.query(`update mailbox.message set content_hash = 'new'`)
        await sql.query('set constraints all deferred')
        await sql.query(`delete from mailbox.message where message_id = 'a'`)
      })
      expect(await changes(it.source, 0)).toMatchObject({ toSeq: 203, digest: { itemCount: 100 } })
      expect(await it.db.query('select from tidegate.track_delta')).toEqual([])
      expect(await verifyTrack(it.db, COLLECTION)).toMatchObject({ isClean: true })
    })

    test('truncate is a deletion of everything', async () => {
      await using it = await aMailbox(open)
      await it.db.query(insertSql(`'${ACCOUNT}'`, `'m' || i`, 'i', 'generate_series(1, 70) as i'))
      await it.db.query('truncate mailbox.message')
      const answer = await changes(it.source, 70)
      expect(answer.kind === 'changes' && answer.deletes.length).toBe(70)
      expect(answer).toMatchObject({ digest: { itemCount: 0, payloadBytes: 0, fingerprint: '0'.repeat(32) } })
      expect(await verifyTrack(it.db, COLLECTION)).toMatchObject({ isClean: true })
    })

    test('an item that changes its account is deleted there and new here', async () => {
      await using it = await aMailbox(open)
      await it.insert('wanderer', 1)
      await it.db.query(`update mailbox.message set account_id = $1`, [OTHER])
      expect(await changes(it.source, 1)).toMatchObject({ deletes: [{ id: 'wanderer', ordinal: 1 }], upserts: [] })
      expect(await changesOf(it.source, OTHER)).toMatchObject({ deletes: [], upserts: [{ id: 'wanderer' }] })
      expect(await verifyTrack(it.db, COLLECTION)).toMatchObject({ isClean: true })
    })

    test('rows that go or move with a foreign key are tracked, and so are upserts that insert and update at once', async () => {
      await using it = await aMailbox(open)
      await it.db.script(`create table owner (id text primary key); insert into owner select 'o' || i from generate_series(1, 9) i;
        alter table mailbox.message add foreign key (account_id) references owner on delete cascade on update cascade`)
      await it.db.query(insertSql(`'o' || (i % 9 + 1)`, `'m' || i`, 'i', 'generate_series(1, 90) as i'))
      await it.db.query(`delete from owner where id in ('o1', 'o2')`)
      await it.db.query(`update owner set id = id || '-moved' where id in ('o3', 'o4')`)
      await it.db.query(
        `${insertSql(`'o5'`, `'m' || i`, 'i + 1000', 'generate_series(1, 50) as i')} on conflict (account_id, message_id) do update set uid = excluded.uid`,
      )
      expect(await verifyTrack(it.db, COLLECTION)).toMatchObject({ isClean: true })
    })

    test('a commit of 100,000 changes comes in pages of any size, each item once', async () => {
      await using it = await aMailbox(open)
      await it.db.query(insertSql(`'${ACCOUNT}'`, `'m' || i`, 'i', 'generate_series(1, 100000) as i'))
      const seen = new Set<string>()
      let cursor = 0
      for (let page = 0; page < 25; page++) {
        const answer = await changes(it.source, cursor, 5000)
        if (answer.kind !== 'changes') throw new Error('the position must be known')
        for (const { id } of answer.upserts) seen.add(id)
        cursor = answer.toSeq
        if (answer.digest) break
      }
      expect([cursor, seen.size]).toEqual([100_000, 100_000])
    })

    test('writes past the triggers are found and repaired, and who stood before the repair must compare', async () => {
      await using it = await aMailbox(open)
      await it.db.query(insertSql(`'${ACCOUNT}'`, `'m' || i`, 'i', 'generate_series(1, 100) as i'))
      await it.db.query(insertSql(`'${OTHER}'`, `'m' || i`, 'i', 'generate_series(1, 100) as i'))
      await it.db.transaction(async (sql) => {
        await sql.query(`set local session_replication_role = replica`)
        await sql.query(`update mailbox.message set content_hash = 'bypassed' where account_id = $1 and uid = 5`, [
          ACCOUNT,
        ])
      })
      expect(await verifyTrack(it.db, COLLECTION)).toMatchObject({
        isClean: false,
        mismatchedAccountCount: 1,
        mismatches: [{ accountId: ACCOUNT, kept: { itemCount: 100 }, actual: { itemCount: 100 } }],
        inactiveTriggers: [],
      })
      await it.db.query('alter table mailbox.message disable trigger all')
      expect((await verifyTrack(it.db, COLLECTION)).inactiveTriggers).toHaveLength(4)
      await it.db.query('alter table mailbox.message enable trigger all')

      expect(await rebuildTrack(it.db, COLLECTION)).toEqual([ACCOUNT])
      expect(await verifyTrack(it.db, COLLECTION)).toMatchObject({ isClean: true })
      expect(await changes(it.source, 100)).toMatchObject({ kind: 'unknown-position', asOf: 101, oldestSeq: 101 })
      expect((await changesOf(it.source, OTHER)).kind).toBe('changes')
    })

    test('a rebuild in a transaction that has changed rows itself counts them once', async () => {
      await using it = await aMailbox(open)
      await it.db.transaction(async (sql) => {
        await sql.query(insertSql(`'${ACCOUNT}'`, `'a'`, '1'))
        await rebuildTrack(sql, COLLECTION)
        await sql.query(insertSql(`'${ACCOUNT}'`, `'b'`, '2'))
      })
      expect(await verifyTrack(it.db, COLLECTION)).toMatchObject({ isClean: true })
      expect((await whole(it.source)).digests[0]?.itemCount).toBe(2)
    })

    test('a pruned log keeps its floor: older cursors are unknown, later ones go on', async () => {
      await using it = await aMailbox(open)
      await it.insert('a', 1)
      await it.insert('b', 2)
      expect(await pruneTrack(it.db, COLLECTION, { olderThanMs: 3_600_000 })).toEqual({ removedChangeCount: 0 })
      expect(await pruneTrack(it.db, COLLECTION, { olderThanMs: 0 })).toEqual({ removedChangeCount: 2 })
      await it.insert('c', 3)
      expect(await changes(it.source, 1)).toMatchObject({ kind: 'unknown-position', asOf: 3, oldestSeq: 2 })
      expect(await changes(it.source, 2)).toMatchObject({
        kind: 'changes',
        upserts: [{ id: 'c' }],
        digest: { itemCount: 3 },
      })
      await expect(pruneTrack(it.db, COLLECTION, { olderThanMs: -1 })).rejects.toBeInstanceOf(RangeError)
    })
  })
}

async function aMailbox(open: () => Promise<SqlDatabase>) {
  const db = await open()
  await db.script(MAILBOX_SQL)
  await track(db, MAILBOX_TRACK)
  const insert = (id: string, uid: number | string) => db.query(insertSql(`'${ACCOUNT}'`, `'${id}'`, `${uid}`))
  return {
    db,
    source: await sqlCollectionSource(db),
    insert,
    [Symbol.asyncDispose]: () => db.close(),
  }
}

function aPromise() {
  let resolve = () => {}
  const promise = new Promise<void>((kept) => {
    resolve = kept
  })
  return { promise, resolve }
}

/** Messages of 100 bytes each, from SQL expressions. */
function insertSql(account: string, id: string, uid: string, from = '(select) as one'): string {
  return `insert into mailbox.message (account_id, message_id, uid, mod_seq, content_hash, payload, size_bytes)
    select ${account}, ${id}, ${uid}, 1, 'hash', '{}', 100 from ${from}`
}

function withoutPayload() {
  const { accountId, itemId, ordinal, revision, contentHash, payloadBytes } = MAILBOX_TRACK.columns
  return { accountId, itemId, ordinal, revision, contentHash, payloadBytes }
}

function whole(source: CollectionSource, accountId = ACCOUNT) {
  return source.digests(accountId, { collection: COLLECTION, ranges: [ALL_ORDINALS] })
}

function changes(source: CollectionSource, sinceSeq: number, limit = 1000): Promise<ChangesSinceAnswer> {
  return source.changesSince(ACCOUNT, { collection: COLLECTION, sinceSeq, limit })
}

function changesOf(source: CollectionSource, accountId: AccountId, collection = COLLECTION) {
  return source.changesSince(accountId, { collection, sinceSeq: 0, limit: 1000 })
}

function hexOf(bits: string | null | undefined): string {
  return BigInt(`0b${bits ?? '0'}`)
    .toString(16)
    .padStart(32, '0')
}
