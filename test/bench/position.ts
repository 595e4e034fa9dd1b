import { createHash } from 'node:crypto'
import { cpus } from 'node:os'
import { cohort, itemFingerprint, position, positionFromSeed, positionSeed } from '@tidegate/protocol'

/**
 * What a position costs, beside the SHA-256 a team would reach for: nanoseconds per call for 36-character ids. All ways
 * take turns within each round, so that a slow moment of the machine hits them alike; the figure is the median round.
 *
 * Run: node --conditions=@tidegate/source test/bench/position.ts
 */
const ROUND_COUNT = 41
const CALL_COUNT = 20_000
const BOUND_NS = 100

const ids = Array.from({ length: CALL_COUNT }, () => crypto.randomUUID())
const signalId = crypto.randomUUID()
const seed = positionSeed(signalId)
const scheme = { algorithm: 'sha256-xor-128', saltId: 's1', salt: signalId }

const ways: Readonly<Record<string, (id: string) => number>> = {
  'position, signal and client': (id) => position(signalId, id),
  'position, signal kept as seed': (id) => positionFromSeed(seed, id),
  'cohort, signal and account': (id) => cohort(signalId, id),
  'SHA-256 of node:crypto': (id) => createHash('sha256').update(signalId).update(id).digest().readUInt32BE(0),
  'SHA-256 in JavaScript (itemFingerprint)': (id) => itemFingerprint(scheme, id, { id: 'i', contentHash: 'h' }).length,
}

const roundsNs = new Map(Object.keys(ways).map((name) => [name, [] as number[]]))
let sum = 0 // printed, so that no call can be left out as useless
for (let round = -5; round < ROUND_COUNT; round++) {
  for (const [name, way] of Object.entries(ways)) {
    const startedAt = process.hrtime.bigint()
    for (const id of ids) sum += way(id)
    const perCallNs = Number(process.hrtime.bigint() - startedAt) / CALL_COUNT
    if (round >= 0) roundsNs.get(name)?.push(perCallNs)
  }
}

console.log(
  `${cpus()[0]?.model}, Node ${process.version}, median of ${ROUND_COUNT} interleaved rounds of ${CALL_COUNT} ids`,
)
for (const [name, rounds] of roundsNs) {
  const sorted = rounds.toSorted((left, right) => left - right)
  const [min = 0, median = 0, max = 0] = [sorted[0], sorted[sorted.length >> 1], sorted.at(-1)]
  const verdict = /^(position|cohort)/.test(name)
    ? median <= BOUND_NS
      ? ` (at most ${BOUND_NS}: holds)`
      : ` (ABOVE ${BOUND_NS})`
    : ''
  console.log(`${median.toFixed(1).padStart(8)} ns  ${name}${verdict}, ${min.toFixed(1)} to ${max.toFixed(1)}`)
}
console.log(`checksum ${sum.toFixed(3)}`)
