import { type AccountId, type CollectionSource, Denied } from '@tidegate/protocol'
import type { Sql } from '../sql.ts'
import { readChanges } from './read-changes.ts'
import { readDigests } from './read-digests.ts'
import { readItems } from './read-items.ts'
import { readList } from './read-list.ts'
import type { SourcePlace } from './read-place.ts'
import { trackedCollections } from './tracked-collection.ts'

/**
 * The collections of a database that are under `track`, as a source. Each answer is one statement, so it is read in one
 * snapshot whatever else is going on, and takes no lock that a writer waits for.
 *
 * @param options.collections the names to serve; default all that are tracked now
 * @throws TypeError when nothing is tracked, or a name is not
 */
export async function sqlCollectionSource(
  sql: Sql,
  options: { readonly collections?: readonly string[] } = {},
): Promise<CollectionSource> {
  const all = await trackedCollections(sql)
  const names = options.collections ?? all.map((tracked) => tracked.collection)
  if (names.length === 0) throw new TypeError('Cannot serve a source: no collection is tracked in this database')
  const byName = new Map(
    names.map((name) => {
      const tracked = all.find((each) => each.collection === name)
      if (!tracked) throw new TypeError(`Cannot serve ${name}: that collection is not tracked in this database`)
      return [name, tracked]
    }),
  )
  const at = (accountId: AccountId, collection: string): SourcePlace => {
    const tracked = byName.get(collection)
    if (!tracked) throw new Denied({ kind: 'not-found', what: `collection ${collection}` })
    return { sql, tracked, accountId }
  }
  return {
    collections: names,
    digests: async (accountId, request) => readDigests(at(accountId, request.collection), request),
    list: async (accountId, request) => readList(at(accountId, request.collection), request),
    fetch: async (accountId, request, pageBytes) => readItems(at(accountId, request.collection), request, pageBytes),
    changesSince: async (accountId, request) => readChanges(at(accountId, request.collection), request),
  }
}
