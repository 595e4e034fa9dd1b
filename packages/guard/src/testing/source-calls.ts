import {
  ALL_ORDINALS,
  ChangesSinceAnswer,
  type CollectionSource,
  DigestsAnswer,
  FetchAnswer,
  ItemId,
  ListAnswer,
} from '@tidegate/protocol'
import { ACCOUNT, COLLECTION } from './source-model.ts'

// The calls of a source as its clients make them: each answer is parsed by its message's schema.

export async function digestsOf(source: CollectionSource, ranges: (typeof ALL_ORDINALS)[], accountId = ACCOUNT) {
  return DigestsAnswer.parse(await source.digests(accountId, { collection: COLLECTION, ranges }))
}

export async function listOf(source: CollectionSource, limit: number, fromOrdinal = 0, accountId = ACCOUNT) {
  const range = { ...ALL_ORDINALS, fromOrdinal }
  return ListAnswer.parse(await source.list(accountId, { collection: COLLECTION, range, limit }))
}

export async function fetchOf(
  source: CollectionSource,
  names: readonly string[],
  pageBytes: number,
  accountId = ACCOUNT,
) {
  const ids = names.map((name) => ItemId.parse(name))
  return FetchAnswer.parse(await source.fetch(accountId, { collection: COLLECTION, ids }, pageBytes))
}

export async function changesOf(source: CollectionSource, sinceSeq: number, limit: number, accountId = ACCOUNT) {
  return ChangesSinceAnswer.parse(await source.changesSince(accountId, { collection: COLLECTION, sinceSeq, limit }))
}
