import { cohort } from '@tidegate/protocol'
import type { AudienceFigures, ResourceFigures } from './audience-figures.ts'
import { type AudienceAccount, type CanaryLimits, canaryCandidates } from './canaries.ts'

/** Accounts kept of a group before any is dropped: sorting so few costs nothing, and most audiences are smaller. */
const FEWEST_KEPT = 1024

/**
 * Sums up an audience account by account, and keeps of it only those that can still become canaries: of a million
 * accounts some thousands, whatever order they come in. What it gives is exactly what the whole list would give.
 */
export class AudienceTally {
  readonly #limits: CanaryLimits
  readonly #byResource = new Map<string, ResourceSums>()
  readonly #groups = new Map<string, Group>()
  #accountCount = 0
  #restedAccountCount = 0

  constructor(limits: CanaryLimits) {
    this.#limits = limits
  }

  add(account: AudienceAccount): void {
    const { resourceId, predictedBytes, isResting } = account
    const sums = this.#sumsOf(resourceId)
    sums.accountCount++
    sums.predictedBytes += predictedBytes
    this.#accountCount++
    if (isResting) return
    sums.restedPredictedBytes += predictedBytes
    this.#restedAccountCount++
    this.#groupOf(account).add(account)
  }

  figures(): AudienceFigures {
    const kept = [...this.#groups.values()].flatMap((group) => group.accounts())
    return {
      accountCount: this.#accountCount,
      restedAccountCount: this.#restedAccountCount,
      byResource: [...this.#byResource.values()]
        .map((sums) => ({ ...sums }))
        .sort((left, right) => (left.resourceId < right.resourceId ? -1 : 1)),
      candidates: canaryCandidates(kept, this.#limits),
    }
  }

  #sumsOf(resourceId: string): ResourceSums {
    const known = this.#byResource.get(resourceId)
    if (known) return known
    const sums = { resourceId, accountCount: 0, predictedBytes: 0, restedPredictedBytes: 0 }
    this.#byResource.set(resourceId, sums)
    return sums
  }

  #groupOf({ resourceId, isListening }: AudienceAccount): Group {
    const key = `${isListening ? 'listening' : 'silent'} ${resourceId}`
    const known = this.#groups.get(key)
    if (known) return known
    const group = new Group(this.#limits, this.#limits.bytesLeftOn(resourceId))
    this.#groups.set(key, group)
    return group
  }
}

/** {@link ResourceFigures} while they grow: an object per account would be a million. */
type ResourceSums = { -readonly [Name in keyof ResourceFigures]: ResourceFigures[Name] }

/** The figures of a list that is at hand. */
export function audienceFigures(audience: Iterable<AudienceAccount>, limits: CanaryLimits): AudienceFigures {
  const tally = new AudienceTally(limits)
  for (const account of audience) tally.add(account)
  return tally.figures()
}

/**
 * Accounts that are asked one after the other in cohort order. An account is dropped when as many as the limit come
 * before it and need no more bytes than it does: should it fit when its turn comes, each of those fitted in its own, and
 * with them the limit is reached.
 */
class Group {
  readonly #signalId: string
  readonly #accountLimit: number
  readonly #bytesLeft: number
  #kept: Placed[] = []
  #sortAt = FEWEST_KEPT
  /** From this cohort on, whoever needs so many bytes is dropped at once. */
  #dropped = { fromPlace: Number.POSITIVE_INFINITY, fromBytes: Number.POSITIVE_INFINITY }

  constructor({ signalId, accountLimit }: CanaryLimits, bytesLeft: number) {
    this.#signalId = signalId
    this.#accountLimit = accountLimit
    this.#bytesLeft = bytesLeft
  }

  add(account: AudienceAccount): void {
    if (this.#accountLimit < 1 || account.predictedBytes > this.#bytesLeft) return
    const place = cohort(this.#signalId, account.accountId)
    if (place > this.#dropped.fromPlace && account.predictedBytes >= this.#dropped.fromBytes) return
    if (this.#kept.push({ account, place }) < this.#sortAt) return
    this.#drop()
    this.#sortAt = Math.max(FEWEST_KEPT, this.#kept.length * 2)
  }

  accounts(): AudienceAccount[] {
    this.#drop()
    return this.#kept.map(({ account }) => account)
  }

  #drop(): void {
    const fewestBytes = new FewestBytes(this.#accountLimit)
    this.#kept = this.#kept
      .sort((left, right) => left.place - right.place || (left.account.accountId < right.account.accountId ? -1 : 1))
      .filter(({ account }) => {
        if (fewestBytes.most <= account.predictedBytes) return false
        fewestBytes.add(account.predictedBytes)
        return true
      })
    const first = this.#kept.slice(0, this.#accountLimit)
    const last = first.at(-1)
    if (!last || first.length < this.#accountLimit) return
    const fromBytes = first.reduce((most, { account }) => Math.max(most, account.predictedBytes), 0)
    this.#dropped = { fromPlace: last.place, fromBytes }
  }
}

interface Placed {
  readonly account: AudienceAccount
  readonly place: number
}

/** The so many smallest of the numbers added, in a heap with the largest of them on top. */
class FewestBytes {
  readonly #limit: number
  readonly #heap: number[] = []

  constructor(limit: number) {
    this.#limit = limit
  }

  /** The largest of them; infinite while there are fewer. */
  get most(): number {
    return this.#heap.length < this.#limit ? Number.POSITIVE_INFINITY : (this.#heap[0] ?? Number.POSITIVE_INFINITY)
  }

  add(bytes: number): void {
    if (this.#heap.length < this.#limit) this.#rise(this.#heap.push(bytes) - 1, bytes)
    else if (bytes < this.most) this.#sink(bytes)
  }

  #rise(from: number, bytes: number): void {
    let at = from
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = this.#heap[parent] ?? 0
      if (above >= bytes) break
      this.#heap[at] = above
      at = parent
    }
    this.#heap[at] = bytes
  }

  /** Puts a number in the place of the largest. */
  #sink(bytes: number): void {
    let at = 0
    for (let child = 1; child < this.#heap.length; child = 2 * at + 1) {
      const larger = (this.#heap[child + 1] ?? -1) > (this.#heap[child] ?? -1) ? child + 1 : child
      const below = this.#heap[larger] ?? -1
      if (below <= bytes) break
      this.#heap[at] = below
      at = larger
    }
    this.#heap[at] = bytes
  }
}
