import {
  type AdaptiveOptions,
  adaptiveFactor,
  startAdaptive,
  stepAdaptive,
} from '../core/adaptive/adaptive-capacity.ts'
import { DEFAULT_METER_SHAPE, ResourceMeter } from '../core/adaptive/resource-meter.ts'
import type { PeerLimit } from './peer-limits.ts'
import type { StorageModel } from './storage-model.ts'
import { atRate, playStorage, type RunSecond } from './storage-run.ts'

/** A second of a run, and what whoever limits it allowed at its end: requests under way, or a factor. */
export interface DrivenSecond extends RunSecond {
  readonly allowed: number
}

interface Drive {
  readonly storage: StorageModel
  readonly lengthMs: number
  /** Something that happens to the storage; asked at the end of each second. */
  readonly during?: (nowMs: number) => void
}

/** More is asked for than any limit allows, all the time: a peer decides how many are under way. */
export function drivePeer(peer: PeerLimit, { storage, lengthMs, during }: Drive): readonly DrivenSecond[] {
  const seconds: DrivenSecond[] = []
  playStorage({
    storage,
    lengthMs,
    demand: (_nowMs, inFlightCount) => Math.max(0, peer.limit - inFlightCount),
    onReply: ({ endsAtMs, latencyMs, ok }, inFlightCount) =>
      peer.onReply({ nowMs: endsAtMs, latencyMs, inFlightCount, isDropped: !ok }),
    onSecond(second) {
      seconds.push({ ...second, allowed: peer.limit })
      during?.(second.endsAtMs)
    },
  })
  return seconds
}

/** The same under a declared capacity and the factor of it that a meter's windows, one a second, leave. */
export function driveAdaptive(
  { capacityPerSecond, options }: { capacityPerSecond: number; options: AdaptiveOptions },
  { storage, lengthMs, during }: Drive,
): readonly DrivenSecond[] {
  const [level = ''] = Object.keys(options.latencyTargetMs)
  const meter = new ResourceMeter('shard-1', { ...DEFAULT_METER_SHAPE, levels: [level] }, 0)
  const operations = new Map<object, ReturnType<ResourceMeter['begin']>>()
  let state = startAdaptive(options, 0)
  const seconds: DrivenSecond[] = []
  playStorage({
    storage,
    lengthMs,
    demand: atRate((nowMs) => capacityPerSecond * adaptiveFactor(state, nowMs, options)),
    onAsk: (reply) => operations.set(reply, meter.begin(level, reply.askedAtMs)),
    onReply(reply) {
      const operation = operations.get(reply)
      operations.delete(reply)
      if (operation) meter.end(operation, reply, reply.endsAtMs)
    },
    onSecond(second) {
      const allowedCount = capacityPerSecond * adaptiveFactor(state, second.endsAtMs, options)
      state = stepAdaptive(state, meter.close(second.endsAtMs, second.askedCount / allowedCount), options)
      seconds.push({ ...second, allowed: state.factor })
      during?.(second.endsAtMs)
    },
  })
  return seconds
}
