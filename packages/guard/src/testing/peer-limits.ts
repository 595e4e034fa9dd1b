/**
 * The concurrency limiters that teams use instead, written from their published formulas, each with its published
 * defaults unless a test says otherwise. They read one reply at a time.
 */
export interface PeerLimit {
  readonly name: string
  /** How many may be under way. */
  readonly limit: number
  onReply(reply: PeerReply): void
}

export interface PeerReply {
  readonly nowMs: number
  readonly latencyMs: number
  readonly inFlightCount: number
  readonly isDropped: boolean
}

/**
 * Gradient2 of Netflix concurrency-limits: limit × clamp(long ÷ short latency, 0.5, 1) + 4, smoothed by 0.2, where long is
 * an exponential average over 600 samples that shrinks by a tenth while it is above twice the short one. Drops are not read.
 */
export function gradient2(maxLimit: number): PeerLimit {
  const smoothing = 0.2
  const queueCount = 4
  let limit = 20
  let longMs = 0
  let sampleCount = 0
  return {
    name: 'Gradient2',
    get limit() {
      return Math.floor(limit)
    },
    onReply({ latencyMs, inFlightCount }) {
      sampleCount += 1
      // The first ten are averaged evenly.
      longMs += (latencyMs - longMs) * (sampleCount <= 10 ? 1 / sampleCount : 2 / 601)
      if (longMs / latencyMs > 2) longMs *= 0.9
      if (inFlightCount < limit / 2) return
      const gradient = clamp(longMs / latencyMs, 0.5, 1)
      limit = clamp(limit * (1 - smoothing) + (limit * gradient + queueCount) * smoothing, 20, maxLimit)
    },
  }
}

/** What the same library wraps around a limit: it reads one reply a second, the average of at least ten. */
export function windowed(peer: PeerLimit): PeerLimit {
  let endsAtMs = 0
  let count = 0
  let sumMs = 0
  let inFlightCount = 0
  let isDropped = false
  return {
    name: `${peer.name}, a window a second`,
    get limit() {
      return peer.limit
    },
    onReply(reply) {
      count += 1
      sumMs += reply.latencyMs
      inFlightCount = Math.max(inFlightCount, reply.inFlightCount)
      isDropped ||= reply.isDropped
      if (reply.nowMs < endsAtMs || count < 10) return
      peer.onReply({ nowMs: reply.nowMs, latencyMs: sumMs / count, inFlightCount, isDropped })
      endsAtMs = reply.nowMs + 1000
      count = 0
      sumMs = 0
      inFlightCount = 0
      isDropped = false
    },
  }
}

/** AIMD of the same: plus one while it is used by half or more, × 0.9 for each reply that is dropped or later than 5 s. */
export function aimd(timeoutMs = 5000): PeerLimit {
  let limit = 10
  return {
    name: 'AIMD',
    get limit() {
      return limit
    },
    onReply({ latencyMs, inFlightCount, isDropped }) {
      if (isDropped || latencyMs > timeoutMs) limit = Math.max(1, Math.min(limit - 1, Math.floor(limit * 0.9)))
      else if (inFlightCount * 2 >= limit) limit += 1
    },
  }
}

/**
 * Vegas of the same: the queue is limit × (1 - least ÷ actual latency); below log10 of the limit it grows by 6 × log10,
 * below 3 × by log10, above 6 × it shrinks by log10, as it does for each drop. The least latency is taken anew every
 * 30 × limit replies, times a chance in [0.5, 1).
 */
export function vegas(chance: () => number, maxLimit = 1000): PeerLimit {
  let limit = 20
  let leastMs = 0
  let probeCount = 0
  let jitter = 0.5 + chance() / 2
  return {
    name: 'Vegas',
    get limit() {
      return Math.floor(limit)
    },
    onReply({ latencyMs, inFlightCount, isDropped }) {
      probeCount += 1
      const isProbe = jitter * 30 * limit <= probeCount
      if (isProbe) {
        jitter = 0.5 + chance() / 2
        probeCount = 0
      }
      if (isProbe || leastMs === 0 || latencyMs < leastMs) {
        leastMs = latencyMs
        return
      }
      const step = Math.max(1, Math.floor(Math.log10(limit)))
      const queueCount = Math.ceil(limit * (1 - leastMs / latencyMs))
      if (isDropped) limit -= step
      else if (inFlightCount * 2 < limit) return
      else if (queueCount <= step) limit += 6 * step
      else if (queueCount < 3 * step) limit += step
      else if (queueCount > 6 * step) limit -= step
      limit = clamp(limit, 1, maxLimit)
    },
  }
}

/**
 * Envoy's gradient controller: every 100 ms limit × clamp(1.25 × minRTT ÷ sampleRTT, 0.5, 2) + √limit, in [3, 1000]. minRTT
 * is measured from 50 replies with the limit pinned at 3, every 60 s, and after five windows in a row at the least limit;
 * replies asked for before that began do not count, and dropped ones never do.
 */
export function envoyGradient(): PeerLimit {
  const leastLimit = 3
  let limit = leastLimit
  let minRttMs: number | null = null
  let measuredAtMs = 0
  let measuringSinceMs = 0
  let windowEndsAtMs = 0
  let atLeastCount = 0
  let samples: number[] = []
  const median = () => samples.sort((left, right) => left - right)[samples.length >> 1] ?? 0
  const measure = (nowMs: number) => {
    minRttMs = null
    measuringSinceMs = nowMs
    samples = []
    limit = leastLimit
    atLeastCount = 0
  }
  return {
    name: 'Envoy',
    get limit() {
      return Math.floor(limit)
    },
    onReply({ nowMs, latencyMs, isDropped }) {
      if (isDropped || nowMs - latencyMs < measuringSinceMs) return
      samples.push(latencyMs)
      if (minRttMs === null) {
        if (samples.length < 50) return
        minRttMs = median()
        measuredAtMs = nowMs
        windowEndsAtMs = nowMs + 100
        samples = []
        return
      }
      if (nowMs - measuredAtMs >= 60_000) return measure(nowMs)
      if (nowMs < windowEndsAtMs) return
      limit *= clamp((minRttMs * 1.25) / median(), 0.5, 2)
      limit = clamp(limit + Math.sqrt(limit), leastLimit, 1000)
      samples = []
      windowEndsAtMs = nowMs + 100
      atLeastCount = limit <= leastLimit ? atLeastCount + 1 : 0
      if (atLeastCount >= 5) measure(nowMs)
    },
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most)
}
