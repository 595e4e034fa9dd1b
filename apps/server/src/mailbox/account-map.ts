import type { Resource, Resources } from '@tidegate/guard'
import type { Sql } from '@tidegate/guard/sql'
import { murmur3, ResourceId } from '@tidegate/protocol'

/**
 * What resyncs may draw from one shard, in bytes per second: an assumption, a tenth of what one NVMe-backed node reads,
 * left over beside interactive use and delivery.
 */
const CAPACITY_BYTES_PER_SECOND = 50_000_000

export function resourceIdAt(place: number): ResourceId {
  return ResourceId.parse(`shard-${place}`)
}

/**
 * The guard's map of the mailbox's storage: `shard-1` … up to `resourceCount`, and any further one that an account made
 * by an earlier start lives on. Read once: accounts never move here. An account nobody knows gets a place by hash, so
 * that asking for it is never an error.
 */
export async function readResources(sql: Sql, resourceCount: number): Promise<Resources> {
  const accounts = await sql.query<{ accountId: string; resourceId: ResourceId }>(
    `SELECT account_id AS "accountId", resource_id AS "resourceId" FROM mailbox.account ORDER BY account_id`,
  )
  const places = new Map<string, ResourceId>(accounts.map((each) => [each.accountId, each.resourceId]))
  const resourceIds = new Set(Array.from({ length: resourceCount }, (_, at) => resourceIdAt(at + 1)))
  for (const resourceId of places.values()) resourceIds.add(resourceId)
  const resources = [...resourceIds].map(
    (resourceId): Resource => ({ resourceId, capacityBytesPerSecond: CAPACITY_BYTES_PER_SECOND }),
  )
  return {
    resources,
    resourceOf: (accountId) => places.get(accountId) ?? resourceIdAt((murmur3(accountId, 0) % resourceCount) + 1),
  }
}
