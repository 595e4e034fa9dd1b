import type { Clock, ResourceId } from '@tidegate/protocol'
import type { ReadStorage, StorageHealth } from '../core/storage-reading.ts'
import { withinDeadline } from '../egress/within-deadline.ts'

/** Says how a resource is doing now; the host app's own monitoring knows. */
export type StorageProbe = (resourceId: ResourceId) => Promise<StorageHealth>

/** Whoever takes longer has no fresh figures. */
const PROBE_DEADLINE_MS = 5_000

/** A probe that throws or falls silent has said something too: that nobody knows. */
export function readStorageBy(probe: StorageProbe, clock: Clock): ReadStorage {
  return async (resourceId) => {
    try {
      // Resources come from the host's own list, whose ids were parsed.
      const health = await withinDeadline(clock, PROBE_DEADLINE_MS, probe(resourceId as ResourceId))
      const { latencyMs, errorRatio, readAtMs } = health
      return { kind: 'read', resourceId, latencyMs, errorRatio, readAtMs }
    } catch (error) {
      const because = `storageHealth failed: ${error instanceof Error ? error.message : String(error)}`
      return { kind: 'unknown', resourceId, because: because.slice(0, 300) }
    }
  }
}
