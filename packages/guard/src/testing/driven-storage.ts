import type { ModelGuard } from './model-guard.ts'
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
  /** Something that happens; called at the end of each second. */
  readonly during?: (nowMs: number) => void
}

/** A peer decides how many requests are under way. More is asked for than it allows, all the time. */
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

/**
 * A guard decides at which rate requests are let in. `guardAt` may name another from some moment on, as after a restart.
 * Without `demandPerSecond` more is asked for than it allows, all the time.
 */
export function driveGuard(
  guardAt: (nowMs: number) => ModelGuard,
  {
    storage,
    lengthMs,
    during,
    demandPerSecond = Number.POSITIVE_INFINITY,
  }: Drive & { readonly demandPerSecond?: number },
): readonly DrivenSecond[] {
  const ends = new Map<object, (reply: { ok: boolean; isHit: boolean; endsAtMs: number }) => void>()
  const seconds: DrivenSecond[] = []
  playStorage({
    storage,
    lengthMs,
    demand: atRate((nowMs) => Math.min(demandPerSecond, guardAt(nowMs).perSecond(nowMs))),
    onAsk: (reply) => ends.set(reply, guardAt(reply.askedAtMs).begin(reply.askedAtMs)),
    onReply(reply) {
      ends.get(reply)?.(reply)
      ends.delete(reply)
    },
    onSecond(second) {
      const guard = guardAt(second.endsAtMs - 1)
      guard.endSecond(second.endsAtMs, second.askedCount)
      seconds.push({ ...second, allowed: guard.factor(second.endsAtMs) })
      during?.(second.endsAtMs)
    },
  })
  return seconds
}
