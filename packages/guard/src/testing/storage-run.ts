import type { StorageModel, StorageReply } from './storage-model.ts'

/** What a second of a run looked like to those who asked. */
export interface RunSecond {
  readonly endsAtMs: number
  /** Ended in that second; 0 when nothing did. */
  readonly p99Ms: number
  readonly goodCount: number
  readonly lateCount: number
  readonly hitCount: number
  readonly askedCount: number
}

export interface StorageRun {
  readonly storage: StorageModel
  readonly lengthMs: number
  /** How many may be asked at `nowMs`, with so many under way; called every 10 ms. */
  readonly demand: (nowMs: number, inFlightCount: number) => number
  readonly onAsk?: (reply: StorageReply) => void
  /** In the order of their ends. */
  readonly onReply?: (reply: StorageReply, inFlightCount: number) => void
  readonly onSecond?: (second: RunSecond) => void
}

const TICK_MS = 10

/** Requests that a rate lets through, as a demand: what is left of one stays for the next tick. */
export function atRate(perSecond: (nowMs: number) => number): StorageRun['demand'] {
  let credit = 0
  return (nowMs) => {
    credit += (perSecond(nowMs) * TICK_MS) / 1000
    const count = Math.floor(credit)
    credit -= count
    return count
  }
}

/** Plays requests against a modelled storage and tells each second. Simulated time only. */
export function playStorage({ storage, lengthMs, demand, onAsk, onReply, onSecond }: StorageRun): readonly RunSecond[] {
  const due = new Map<number, StorageReply[]>()
  const seconds: RunSecond[] = []
  let inFlightCount = 0
  let ended: StorageReply[] = []
  let askedCount = 0
  for (let nowMs = 0; nowMs < lengthMs; nowMs += TICK_MS) {
    const ending = due.get(nowMs) ?? []
    due.delete(nowMs)
    for (const reply of ending.sort((left, right) => left.endsAtMs - right.endsAtMs)) {
      inFlightCount -= 1
      ended.push(reply)
      onReply?.(reply, inFlightCount + 1)
    }
    if (nowMs > 0 && nowMs % 1000 === 0) {
      const second = toSecond(nowMs, ended, askedCount)
      seconds.push(second)
      onSecond?.(second)
      ended = []
      askedCount = 0
    }
    const count = demand(nowMs, inFlightCount)
    for (let each = 0; each < count; each++) {
      const reply = storage.request(nowMs + (each * TICK_MS) / count)
      const tickMs = Math.max(nowMs + TICK_MS, Math.ceil(reply.endsAtMs / TICK_MS) * TICK_MS)
      const others = due.get(tickMs)
      if (others) others.push(reply)
      else due.set(tickMs, [reply])
      inFlightCount += 1
      askedCount += 1
      onAsk?.(reply)
    }
  }
  return seconds
}

function toSecond(endsAtMs: number, ended: readonly StorageReply[], askedCount: number): RunSecond {
  const latencies = ended.map(({ latencyMs }) => latencyMs).sort((left, right) => left - right)
  const good = ended.filter(({ ok }) => ok)
  return {
    endsAtMs,
    p99Ms: latencies[Math.ceil(latencies.length * 0.99) - 1] ?? 0,
    goodCount: good.length,
    lateCount: ended.length - good.length,
    hitCount: good.filter(({ isHit }) => isHit).length,
    askedCount,
  }
}
