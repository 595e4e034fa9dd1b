import { cohort, murmur3 } from '@tidegate/protocol'
import { type HashKey, halfSipHash } from './half-sip-hash.ts'

const TWO_TO_32 = 4_294_967_296
/** Bits of the filter for each account: with 16, one in 16 accounts outside passes it, and a million accounts take 2 MB. */
const FILTER_BITS_AN_ACCOUNT = 16
/** How full the table may be: at three quarters a look-up reads two or three neighbouring slots. */
const FULLEST = 0.75

/**
 * The named accounts of a signal, too many to hold as strings: a 64-bit keyed hash of each, 17 to 34 bytes an account
 * with what belongs to it (23 MB for a million). An account outside is taken for one inside with a probability of
 * `size` × 2^-64, some 5 × 10^-14 for a million; nobody can choose such an id without the key, which is drawn anew in
 * every process, so no two nodes are wrong about the same account.
 */
export class LargeAudience {
  readonly #key: HashKey
  readonly #filter: Uint32Array
  readonly #slots: Int32Array
  /** Cohorts of all accounts as 32-bit integers, rising. */
  readonly #cohorts: Uint32Array

  constructor(parts: { key: HashKey; filter: Uint32Array; slots: Int32Array; cohorts: Uint32Array }) {
    this.#key = parts.key
    this.#filter = parts.filter
    this.#slots = parts.slots
    this.#cohorts = parts.cohorts
  }

  get size(): number {
    return this.#cohorts.length
  }

  has(accountId: string): boolean {
    const bit = filterBit(this.#filter, this.#key, accountId)
    if ((((this.#filter[bit >>> 5] ?? 0) >>> (bit & 31)) & 1) === 0) return false
    halfSipHash(accountId, this.#key, hash)
    return slotOf(this.#slots, hash).isTaken
  }

  /** How many of them are in a range of cohorts, from <= cohort < below. */
  countInCohorts(from: number, below: number): number {
    return Math.max(0, this.#countBelow(below) - this.#countBelow(from))
  }

  #countBelow(place: number): number {
    let low = 0
    let high = this.#cohorts.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#cohorts[middle] ?? 0) < place * TWO_TO_32) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Takes the ids one by one and keeps none of them. */
export class LargeAudienceBuilder {
  readonly #signalId: string
  readonly #key: HashKey
  readonly #filter: Uint32Array
  readonly #slots: Int32Array
  readonly #cohorts: Uint32Array
  #count = 0

  /** @param accountCount how many distinct accounts will be added at most */
  constructor(options: { signalId: string; accountCount: number; key: HashKey }) {
    const { signalId, accountCount, key } = options
    this.#signalId = signalId
    this.#key = key
    this.#filter = new Uint32Array(powerOfTwo((accountCount * FILTER_BITS_AN_ACCOUNT) / 32))
    this.#slots = new Int32Array(2 * powerOfTwo(accountCount / FULLEST))
    this.#cohorts = new Uint32Array(accountCount)
  }

  /** @throws RangeError when there are more than were announced */
  add(accountId: string): void {
    halfSipHash(accountId, this.#key, hash)
    const slot = slotOf(this.#slots, hash)
    if (slot.isTaken) return
    if (this.#count === this.#cohorts.length) {
      throw new RangeError(`Cannot hold the audience of ${this.#signalId}: it has more than ${this.#count} accounts`)
    }
    this.#slots[slot.at] = hash[0] ?? 0
    this.#slots[slot.at + 1] = hash[1] ?? 0
    const bit = filterBit(this.#filter, this.#key, accountId)
    this.#filter[bit >>> 5] = (this.#filter[bit >>> 5] ?? 0) | (1 << (bit & 31))
    this.#cohorts[this.#count++] = cohort(this.#signalId, accountId) * TWO_TO_32
  }

  build(): LargeAudience {
    const cohorts = this.#count === this.#cohorts.length ? this.#cohorts : this.#cohorts.slice(0, this.#count)
    return new LargeAudience({ key: this.#key, filter: this.#filter, slots: this.#slots, cohorts: cohorts.sort() })
  }
}

/** Where {@link halfSipHash} puts what is looked up: one at a time, and nothing waits in between. */
const hash = new Int32Array(2)
const found = { at: 0, isTaken: false }

/** Where a hash is, or where it would go: the first free slot from its own on. A slot of zeros is free. */
function slotOf(slots: Int32Array, wanted: Int32Array): { readonly at: number; readonly isTaken: boolean } {
  if (wanted[0] === 0 && wanted[1] === 0) wanted[1] = 1
  const mask = slots.length - 1
  const low = wanted[0] ?? 0
  const high = wanted[1] ?? 0
  let at = (low * 2) & mask
  while (slots[at] !== 0 || slots[at + 1] !== 0) {
    if (slots[at] === low && slots[at + 1] === high) {
      found.at = at
      found.isTaken = true
      return found
    }
    at = (at + 2) & mask
  }
  found.at = at
  found.isTaken = false
  return found
}

/** A cheap hash that spares most accounts outside the strong one; whoever fools it costs 200 ns and gains nothing. */
function filterBit(filter: Uint32Array, key: HashKey, accountId: string): number {
  return murmur3(accountId, key.low) & (filter.length * 32 - 1)
}

function powerOfTwo(least: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(2, least)))
}
