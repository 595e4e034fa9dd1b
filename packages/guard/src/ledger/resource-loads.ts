import type { ResourceLoad } from '../core/rules/rule.ts'
import type { Sql } from '../sql.ts'
import type { LedgerContext } from './ledger-context.ts'

/** Causes that wait are read up to so many: whoever has that many holds has them everywhere. */
const HELD_CAUSE_LIMIT = 64

/** The distinct causes of signals in some state, one step through the index per cause and none per signal. */
const causesOf = (name: string, condition: string, limit: string) => `
  ${name}(cause_id) AS (
    (SELECT cause_id FROM tidegate_ledger.signal WHERE ${condition} ORDER BY cause_id LIMIT 1)
    UNION ALL
    SELECT (SELECT cause_id FROM tidegate_ledger.signal WHERE ${condition} AND cause_id > ${name}.cause_id ORDER BY cause_id LIMIT 1)
    FROM ${name} WHERE ${name}.cause_id IS NOT NULL
  ), ${name}_causes AS MATERIALIZED (SELECT cause_id FROM ${name} WHERE cause_id IS NOT NULL ${limit})`

const LOADS = `
  WITH RECURSIVE ${causesOf('undecided', `state IN ('held', 'paused')`, `LIMIT ${HELD_CAUSE_LIMIT}`)},
  ${causesOf('releasing', `approved_at_ms IS NOT NULL AND state = 'released' AND gate_outcome IS NULL`, '')}
  SELECT resource_id,
    coalesce((
      SELECT predicted_bytes FROM tidegate_ledger.cause_resource AS own WHERE own.cause_id = $2 AND own.resource_id = asked.resource_id
    ), 0) AS earlier_bytes,
    (SELECT least(coalesce(sum(predicted_bytes), 0), 9007199254740991) FROM releasing_causes
     JOIN tidegate_ledger.cause_resource AS theirs USING (cause_id) WHERE theirs.resource_id = asked.resource_id
    )::bigint AS releasing_bytes,
    (SELECT CASE WHEN (SELECT count(*) FROM undecided_causes) >= ${HELD_CAUSE_LIMIT} THEN ${HELD_CAUSE_LIMIT} ELSE count(*) END
     FROM undecided_causes JOIN tidegate_ledger.cause_resource AS theirs USING (cause_id)
     WHERE theirs.resource_id = asked.resource_id AND cause_id <> $2
    ) AS held_causes
  FROM unnest($1::text[]) AS asked(resource_id)`

/**
 * What else is on the resources of an audience, in their order. A cause counts with all that its signals were predicted
 * to draw there: more than is still to come, never less.
 */
export async function readResourceLoads(
  sql: Sql,
  { resources }: LedgerContext,
  causeId: string,
  resourceIds: readonly string[],
): Promise<ResourceLoad[]> {
  if (resourceIds.length === 0) return []
  const rows = await sql.query<{
    resource_id: string
    earlier_bytes: number
    releasing_bytes: number
    held_causes: number
  }>(LOADS, [resourceIds, causeId])
  const byId = new Map(rows.map((row) => [row.resource_id, row]))
  const capacities = new Map<string, number>(
    resources.resources.map((resource) => [resource.resourceId, resource.capacityBytesPerSecond]),
  )
  return resourceIds.map((resourceId) => {
    const row = byId.get(resourceId)
    return {
      resourceId,
      // A resource that the host forgot to list has no capacity that anybody could count on.
      capacityBytesPerSecond: capacities.get(resourceId) ?? 0,
      earlierBytes: row?.earlier_bytes ?? 0,
      releasingBytes: row?.releasing_bytes ?? 0,
      otherHeldCauseCount: row?.held_causes ?? 0,
    }
  })
}
