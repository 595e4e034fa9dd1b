/** How much the latest page counts: after some twenty pages little is left of what came before. */
const WEIGHT = 0.1

/** How large items are, by kind: what the next ones are expected to carry. Follows what is read; the first guess is the caller's. */
export class MeanSizes {
  readonly #firstGuessBytes: number
  readonly #meanBytes = new Map<string, number>()

  constructor(firstGuessBytes: number) {
    this.#firstGuessBytes = firstGuessBytes
  }

  /** @returns payload bytes expected of so many items of a kind */
  expectedBytes(kind: string, itemCount: number): number {
    return itemCount * (this.#meanBytes.get(kind) ?? this.#firstGuessBytes)
  }

  /** @param kind one of few: it is remembered */
  note(kind: string, itemCount: number, bytes: number): void {
    if (itemCount === 0) return
    const knownBytes = this.#meanBytes.get(kind) ?? this.#firstGuessBytes
    this.#meanBytes.set(kind, knownBytes + WEIGHT * (bytes / itemCount - knownBytes))
  }
}
