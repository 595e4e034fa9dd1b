import assert from 'node:assert/strict'
import {
  AccountId,
  ALL_ORDINALS,
  type CollectionDigest,
  CollectionName,
  type CollectionSource,
  ContentHash,
  Denied,
  type DigestScheme,
  ItemId,
  isComparable,
} from '@tidegate/protocol'
import * as fc from 'fast-check'
import type { SourceWrite } from './memory-source.ts'
import { changesOf, digestsOf, fetchOf, listOf } from './testing/source-calls.ts'
import { histories } from './testing/source-histories.ts'
import {
  ACCOUNT,
  anItem,
  COLLECTION,
  FollowingClient,
  headOf,
  remove,
  SourceModel,
  upsert,
} from './testing/source-model.ts'
import type { TestRunner } from './testing/test-runner.ts'

/** A source with the collection `messages`, empty, and a way to change what it holds. */
export interface SourceUnderTest {
  readonly source: CollectionSource
  /** Makes changes as one commit; durable and visible to the source when it resolves. */
  readonly write: (accountId: AccountId, writes: readonly SourceWrite[]) => Promise<void>
  readonly close?: () => Promise<void>
}

export interface SourceContractOptions {
  /** Makes an empty one, of its own for each test; the suite closes it. */
  readonly open: () => Promise<SourceUnderTest>
  /** How many random histories to play; default 25. */
  readonly historyCount?: number
}

/**
 * What every `CollectionSource` must do, as tests.
 *
 * @example sourceContract({ describe, test }, 'our mailbox', { open: async () => ({ source, write }) })
 */
export function sourceContract({ describe, test }: TestRunner, name: string, options: SourceContractOptions): void {
  const withSource = (body: (under: SourceUnderTest & { model: SourceModel }) => Promise<void>) => async () => {
    const under = await options.open()
    const model = new SourceModel()
    const write: SourceUnderTest['write'] = async (accountId, writes) => {
      await under.write(accountId, writes)
      if (accountId === ACCOUNT) model.apply(writes)
    }
    try {
      await body({ ...under, write, model })
    } finally {
      await under.close?.()
    }
  }

  describe(`CollectionSource contract: ${name}`, () => {
    test(
      'an account that never was is an empty one',
      withSource(async ({ source }) => {
        const stranger = AccountId.parse('nobody ✉️')
        const { digests, asOf } = await digestsOf(source, [ALL_ORDINALS], stranger)
        assert.deepEqual(digests, [{ itemCount: 0, payloadBytes: 0, fingerprint: '0'.repeat(32) }])
        assert.deepEqual(await listOf(source, 10, 0, stranger), {
          collection: COLLECTION,
          asOf,
          heads: [],
          nextOrdinal: null,
        })
        const answer = await changesOf(source, asOf, 10, stranger)
        assert.ok(answer.kind === 'changes' && answer.toSeq === asOf && answer.digest?.itemCount === 0)
        const fetched = await fetchOf(source, ['a'], 100, stranger)
        assert.deepEqual(fetched.missing, ['a'])
      }),
    )

    test(
      'an unknown collection is denied as not found, by every call',
      withSource(async ({ source }) => {
        const collection = CollectionName.parse('no such collection')
        const range = ALL_ORDINALS
        const isNotFound = (error: unknown) => error instanceof Denied && error.denial.kind === 'not-found'
        await assert.rejects(source.digests(ACCOUNT, { collection, ranges: [range] }), isNotFound)
        await assert.rejects(source.list(ACCOUNT, { collection, range, limit: 1 }), isNotFound)
        await assert.rejects(source.fetch(ACCOUNT, { collection, ids: [ItemId.parse('a')] }, 1), isNotFound)
        await assert.rejects(source.changesSince(ACCOUNT, { collection, sinceSeq: 0, limit: 1 }), isNotFound)
      }),
    )

    test(
      'the collections it names are those it serves',
      withSource(async ({ source }) => {
        assert.ok(source.collections.includes(COLLECTION))
      }),
    )

    test(
      'digests of any ranges are those of the items in them',
      withSource(async ({ source, write, model }) => {
        const ordinals = [0, 1, 31, 32, 63, 64, 65, 127, 128, 200, 1_000, 5_000_000_000]
        await write(ACCOUNT, upsert(...ordinals.map((ordinal) => anItem(`item ${ordinal}`, ordinal))))
        await write(ACCOUNT, remove('item 65', 'item 200'))
        const cuts = [0, 1, 33, 63, 64, 65, 128, 129, 4_000, Number.MAX_SAFE_INTEGER]
        const ranges = cuts.flatMap((fromOrdinal, at) =>
          cuts.slice(at + 1).map((toOrdinal) => ({ fromOrdinal, toOrdinal })),
        )
        const answer = await digestsOf(source, ranges)
        assert.deepEqual(
          answer.digests,
          ranges.map((range) => model.digest(answer.scheme, COLLECTION, range)),
        )
      }),
    )

    test(
      "one account's items are never in another's answers",
      withSource(async ({ source, write }) => {
        const neighbour = AccountId.parse('account-2')
        await write(ACCOUNT, upsert(anItem('mine', 1)))
        await write(neighbour, upsert(anItem('theirs', 1)))
        assert.deepEqual(
          (await listOf(source, 10)).heads.map(({ id }) => id),
          ['mine'],
        )
        const fetched = await fetchOf(source, ['theirs', 'mine'], 1_000)
        assert.deepEqual(fetched.missing, ['theirs'])
        assert.equal((await digestsOf(source, [ALL_ORDINALS])).digests[0]?.itemCount, 1)
      }),
    )

    test(
      'a list comes by rising ordinal, in pages that neither repeat nor omit',
      withSource(async ({ source, write, model }) => {
        const ordinals = [70, 3, 64, 900, 5, 128, 1]
        await write(ACCOUNT, upsert(...ordinals.map((ordinal) => anItem(`item ${ordinal}`, ordinal))))
        for (const limit of [1, 3, 7, 8]) {
          const heads = []
          let fromOrdinal: number | null = 0
          while (fromOrdinal !== null) {
            const page = await listOf(source, limit, fromOrdinal)
            assert.ok(page.heads.length <= limit)
            heads.push(...page.heads)
            fromOrdinal = page.nextOrdinal
          }
          assert.deepEqual(heads, model.heads())
        }
      }),
    )

    test(
      'fetched items come in the order asked, the missing are named, a repeated id counts once',
      withSource(async ({ source, write }) => {
        const [a, b, c] = [anItem('a', 1), anItem('b', 2), anItem('c', 3)]
        await write(ACCOUNT, upsert(a, b, c))
        const answer = await fetchOf(source, ['c', 'nowhere', 'a', 'c', 'b'], 1_000)
        assert.deepEqual(answer.items, [c, a, b])
        assert.deepEqual([answer.missing, answer.deferred], [['nowhere'], []])
      }),
    )

    test(
      'what does not fit into the page is deferred, but the first item always fits',
      withSource(async ({ source, write }) => {
        const items = ['a', 'b', 'c'].map((id, at) => anItem(id, at, { payloadBytes: 100 }))
        await write(ACCOUNT, upsert(...items))
        const told = async (pageBytes: number) => {
          const { items, deferred } = await fetchOf(source, ['a', 'b', 'c'], pageBytes)
          return [items.map(({ id }) => id), deferred]
        }
        assert.deepEqual(await told(300), [['a', 'b', 'c'], []])
        assert.deepEqual(await told(299), [['a', 'b'], ['c']])
        assert.deepEqual(await told(1), [['a'], ['b', 'c']])
      }),
    )

    test(
      'payloads of every shape come back as they were: null, empty, nested, several megabytes',
      withSource(async ({ source, write }) => {
        const payloads = [null, '', {}, [], 0, false, { a: [{ b: null }] }, 'ä✉️\\"'.repeat(300_000)]
        const items = payloads.map((payload, at) => ({ ...anItem(`item ${at}`, at), payload, payloadBytes: at }))
        await write(ACCOUNT, upsert(...items))
        const ids = items.map(({ id }) => id)
        assert.deepEqual((await fetchOf(source, ids, 1_000_000)).items, items)
      }),
    )

    test(
      'ids and hashes of any letters are fingerprinted by their UTF-8 bytes',
      withSource(async ({ source, write, model }) => {
        const names = [
          "o'hara",
          'quote"',
          'back\\slash',
          'ünïcödé',
          '✉️📬',
          '日本語',
          '$body$',
          '{a,b}',
          '%s',
          ' a ',
          'e\u0301',
        ]
        const items = names.map((name, at) => anItem(name, at, { contentHash: ContentHash.parse(`${name}:1`) }))
        await write(ACCOUNT, upsert(...items))
        const { digests, scheme } = await digestsOf(source, [ALL_ORDINALS])
        assert.deepEqual(digests, [model.digest(scheme, COLLECTION, ALL_ORDINALS)])
        assert.deepEqual((await fetchOf(source, names, 1_000_000)).items, items)
      }),
    )

    test(
      'a write that moves only revisions takes no place in the sequence and leaves the digests',
      withSource(async ({ source, write }) => {
        const items = ['a', 'b'].map((id, at) => anItem(id, at))
        await write(ACCOUNT, upsert(...items))
        const before = await digestsOf(source, [ALL_ORDINALS])
        await write(ACCOUNT, upsert(...items.map((item) => ({ ...item, revision: item.revision + 1 }))))
        assert.deepEqual(await digestsOf(source, [ALL_ORDINALS]), before)
        assert.deepEqual(
          (await listOf(source, 10)).heads.map(({ revision }) => revision),
          [2, 2],
        )
      }),
    )

    test(
      'a position the sequence never had is unknown, the newest one is not',
      withSource(async ({ source, write }) => {
        await write(ACCOUNT, upsert(anItem('a', 1)))
        const { asOf } = await digestsOf(source, [ALL_ORDINALS])
        const beyond = await changesOf(source, asOf + 1, 10)
        assert.ok(beyond.kind === 'unknown-position' && beyond.asOf === asOf && beyond.oldestSeq <= asOf)
        const newest = await changesOf(source, asOf, 10)
        assert.ok(newest.kind === 'changes' && newest.upserts.length + newest.deletes.length === 0)
      }),
    )

    test(
      'an item that changed several times is told once, as it is now',
      withSource(async ({ source, write }) => {
        const { asOf } = await digestsOf(source, [ALL_ORDINALS])
        for (let at = 1; at <= 3; at++) await write(ACCOUNT, upsert(anItem('a', 1, { payload: 'x'.repeat(at) })))
        await write(ACCOUNT, upsert(anItem('b', 2)))
        await write(ACCOUNT, remove('b'))
        const answer = await changesOf(source, asOf, 100)
        assert.ok(answer.kind === 'changes')
        assert.deepEqual(answer.upserts, [headOf(anItem('a', 1, { payload: 'xxx' }))])
        assert.deepEqual(answer.deletes, [{ id: 'b', ordinal: 2 }])
      }),
    )

    test(
      'C8: from any earlier position, pages of any size lead to exactly what the last page proves',
      withSource(async ({ source, write }) => {
        const { scheme } = await digestsOf(source, [ALL_ORDINALS])
        let historyNumber = 0
        await fc.assert(
          fc.asyncProperty(histories, async ({ commits, limit }) => {
            // An account of its own for each history: opening a database for each would be most of the time.
            const account = AccountId.parse(`history-${++historyNumber}`)
            const model = new SourceModel()
            const { asOf: startSeq } = await digestsOf(source, [ALL_ORDINALS], account)
            const clients = [new FollowingClient(startSeq)]
            for (const commit of commits) {
              await write(account, commit.writes)
              model.apply(commit.writes)
              if (commit.joins) clients.push(await aClientThatLoads(source, account))
              // Some clients are in the middle of their pages while the next commits come.
              for (const client of clients.slice(0, commit.pageCount))
                await client.followOnePage(source, account, COLLECTION, limit)
            }
            for (const client of clients) {
              const proof = await client.followToTheEnd(source, account, COLLECTION, limit)
              assertProven(client, scheme, proof)
              assert.deepEqual(withoutRevision(client.sortedHeads()), withoutRevision(model.heads()))
              assert.equal(client.cursor, proof.asOf)
            }
            const { digests } = await digestsOf(source, [ALL_ORDINALS], account)
            assert.deepEqual(digests, [model.digest(scheme, COLLECTION, ALL_ORDINALS)])
          }),
          { numRuns: options.historyCount ?? 25 },
        )
      }),
    )

    test(
      'C8: while somebody writes, every last page proves what its reader holds, and equal places have equal digests',
      withSource(async ({ source, write }) => {
        const client = await aClientThatLoads(source)
        const { scheme } = await digestsOf(source, [ALL_ORDINALS])
        const digestAt = new Map<number, string>()
        const note = (asOf: number, fingerprint: string) => {
          assert.equal(digestAt.get(asOf) ?? fingerprint, fingerprint)
          digestAt.set(asOf, fingerprint)
        }
        let isWriting = true
        const writer = (async () => {
          for (let round = 0; round < 30; round++) {
            const items = [0, 1, 2].map((at) => anItem(`item ${at}`, at, { payload: 'x'.repeat(round * 3 + at) }))
            await write(ACCOUNT, round % 5 === 4 ? remove('item 0', 'item 1') : upsert(...items))
          }
          isWriting = false
        })()
        while (isWriting) {
          const proof = await client.followOnePage(source, ACCOUNT, COLLECTION, 1_000)
          if (proof) {
            assertProven(client, scheme, proof)
            note(proof.asOf, proof.fingerprint)
          }
          const { asOf, digests } = await digestsOf(source, [ALL_ORDINALS])
          note(asOf, digests[0]?.fingerprint ?? '')
          const listed = await listOf(source, 1_000)
          if (proof) note(listed.asOf, new FollowingClient(0, listed.heads).digest(scheme, COLLECTION).fingerprint)
        }
        await writer
      }),
    )
  })
}

/** C8: the digests are comparable, and equal. */
function assertProven(client: FollowingClient, scheme: DigestScheme, proof: CollectionDigest): void {
  const { itemCount, payloadBytes, fingerprint } = proof
  assert.ok(isComparable(scheme, proof))
  assert.deepEqual(client.digest(scheme, COLLECTION), { itemCount, payloadBytes, fingerprint })
}

async function aClientThatLoads(source: CollectionSource, account = ACCOUNT): Promise<FollowingClient> {
  const { heads, asOf } = await listOf(source, 1_000, 0, account)
  return new FollowingClient(asOf, heads)
}

function withoutRevision(heads: readonly { readonly revision: number }[]) {
  return heads.map((head) => ({ ...head, revision: 0 }))
}
