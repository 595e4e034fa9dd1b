import type { Random } from '@tidegate/protocol'

/** A distribution with a heavy tail: half of the draws are below `median`, one in six above `median × e^sigma`. */
export interface LogNormal {
  readonly median: number
  readonly sigma: number
  /** Draws beyond it are this. */
  readonly cap: number
}

/** @returns a whole number from the distribution */
export function drawLogNormal(random: Random, { median, sigma, cap }: LogNormal): number {
  // Box-Muller; 1 - chance keeps the logarithm finite, because chance may be 0.
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return Math.round(Math.min(cap, median * Math.exp(sigma * normal)))
}

/** @returns one of the entries, all equally likely */
export function pick<Entry>(random: Random, entries: readonly Entry[]): Entry {
  const entry = entries[Math.floor(random() * entries.length)]
  if (entry === undefined) throw new RangeError('Cannot pick: at least one entry is required, got none')
  return entry
}
