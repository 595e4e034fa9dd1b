import { ALL_ORDINALS, type ClientApi, type CollectionName, isComparable, type SchemeName } from '@tidegate/protocol'
import type { Cache } from '../cache.ts'

/**
 * Makes the cache's digests comparable with those of a server's scheme. Unlike schemes are not comparable, which is never
 * the same as different: the local digests are worked out anew, and nothing is fetched for it but the salt.
 */
export async function adoptSchemeOf(
  digest: SchemeName & { readonly collection: CollectionName },
  { api, cache }: { readonly api: Pick<ClientApi, 'digests'>; readonly cache: Cache },
): Promise<void> {
  const { collection } = digest
  const { scheme } = await cache.state(collection)
  if (scheme !== null && isComparable(scheme, digest)) return
  const answer = await api.digests({ collection, ranges: [ALL_ORDINALS] })
  await cache.adoptScheme(collection, answer.scheme)
}
