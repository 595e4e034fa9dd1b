import { ResourceAdmission } from '@tidegate/guard/testing'
import { ResourceId } from '@tidegate/protocol'
import { bulkhead } from 'cockatiel'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { median } from './bench-result.ts'

const CALL_COUNT = 100_000
/** Enough for the code to be compiled and every account to be known. */
const WARM_UP_ROUNDS = 5
const ACCOUNT_IDS = Array.from({ length: 10_000 }, (_, at) => `account-${at}-${crypto.randomUUID()}`)

/** Decisions per second of processor time, by who makes them. */
export interface DecisionRound extends Readonly<Record<string, number>> {
  readonly ours: number
  readonly flexible: number
  readonly cockatiel: number
  readonly bucket: number
}

type Decide = (accountId: string) => boolean | Promise<boolean>

/**
 * The same question put to ours and to what a team would use instead, in turns: an operation of a kilobyte by one of ten
 * thousand accounts. Each reads its own clock. Ours is settled too, and so is the bulkhead, which has no other way.
 *
 * @param answer what all of them say: there is room for everything, or for nothing
 */
export async function decisionRounds(answer: 'admit' | 'deny', rounds: number): Promise<DecisionRound[]> {
  const isAdmitted = answer === 'admit'
  const deciders = {
    ours: ours(isAdmitted),
    flexible: await flexible(isAdmitted),
    cockatiel: cockatiel(isAdmitted),
    bucket: bucket(isAdmitted),
  }
  const measured: DecisionRound[] = []
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    const each = {
      ours: await perSecond(deciders.ours, isAdmitted),
      flexible: await perSecond(deciders.flexible, isAdmitted),
      cockatiel: await perSecond(deciders.cockatiel, isAdmitted),
      bucket: await perSecond(deciders.bucket, isAdmitted),
    }
    if (round >= 0) measured.push(each)
  }
  return measured
}

/** How ours compares, as a sentence. */
export function besidePeers(rounds: readonly DecisionRound[]): string {
  const peers = {
    flexible: 'rate-limiter-flexible in memory',
    cockatiel: 'a cockatiel bulkhead',
    bucket: 'a bare bucket',
  }
  const told = Object.entries(peers).map(([key, name]) => {
    const ratios = rounds.map((round) => round.ours / (round[key] ?? Number.NaN))
    const [value, min, max] = [median(ratios), Math.min(...ratios), Math.max(...ratios)].map((ratio) =>
      ratio.toFixed(2),
    )
    return `${value} × as fast as ${name} (${min} to ${max})`
  })
  return told.join(', ')
}

function ours(isAdmitted: boolean): Decide {
  const resource = { resourceId: ResourceId.parse('shard-1'), capacityBytesPerSecond: isAdmitted ? 1e12 : 1 }
  const admission = new ResourceAdmission(resource, {}, performance.now() - 10_000)
  // A kilobyte is more than a resource of a byte per second ever holds: it passes once, and is owed from then on.
  admission.admit('interactive', 'the first', 1_000, performance.now())
  return (accountId) => {
    const nowMs = performance.now()
    const permit = admission.admit('interactive', accountId, 1_000, nowMs)
    if (permit.kind === 'refused') return false
    admission.settle(permit, 1_000, nowMs)
    return true
  }
}

async function flexible(isAdmitted: boolean): Promise<Decide> {
  const limiter = new RateLimiterMemory({ points: isAdmitted ? 1e12 : 1, duration: 3_600 })
  return async (accountId) => {
    try {
      await limiter.consume(accountId, 1_000)
      return true
    } catch {
      return false
    }
  }
}

function cockatiel(isAdmitted: boolean): Decide {
  const policy = bulkhead(1, 0)
  // Somebody is in, and stays.
  if (!isAdmitted) void policy.execute(() => new Promise(() => {}))
  return async () => {
    try {
      return await policy.execute(() => true)
    } catch {
      return false
    }
  }
}

function bucket(isAdmitted: boolean): Decide {
  const unitsPerSecond = isAdmitted ? 1e12 : 1
  let level = unitsPerSecond
  let filledAtMs = performance.now()
  return () => {
    const nowMs = performance.now()
    level = Math.min(unitsPerSecond, level + ((nowMs - filledAtMs) * unitsPerSecond) / 1000)
    filledAtMs = nowMs
    if (level < 1_000) return false
    level -= 1_000
    return true
  }
}

async function perSecond(decide: Decide, isAdmitted: boolean): Promise<number> {
  const startedAt = process.cpuUsage()
  let admittedCount = 0
  for (let call = 0; call < CALL_COUNT; call++) {
    const answer = decide(ACCOUNT_IDS[call % ACCOUNT_IDS.length] ?? '')
    // What answers at once is not made to wait.
    if (typeof answer === 'boolean' ? answer : await answer) admittedCount += 1
  }
  const { user, system } = process.cpuUsage(startedAt)
  if (admittedCount !== (isAdmitted ? CALL_COUNT : 0)) throw new Error(`Cannot measure: ${admittedCount} were admitted`)
  return CALL_COUNT / ((user + system) / 1e6)
}
