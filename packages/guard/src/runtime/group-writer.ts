interface Waiting<Entry, Result> {
  readonly entry: Entry
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

/**
 * Writes entries one group at a time: the first at once, and whatever came while it was being written together as the
 * next group. A crowd costs a few transactions, a single entry waits for nobody. A group that fails fails for each of it.
 */
export class GroupWriter<Entry, Result> {
  readonly #write: (entries: readonly Entry[]) => Promise<readonly Result[]>
  readonly #maxGroupSize: number
  #waiting: Waiting<Entry, Result>[] = []
  #isWriting = false

  /** @param write gives one result per entry, in their order */
  constructor(write: (entries: readonly Entry[]) => Promise<readonly Result[]>, maxGroupSize: number) {
    this.#write = write
    this.#maxGroupSize = maxGroupSize
  }

  /** @returns the entry's result, once its group is written */
  add(entry: Entry): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entry, resolve, reject })
      if (!this.#isWriting) void this.#drain()
    })
  }

  async #drain(): Promise<void> {
    this.#isWriting = true
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, this.#maxGroupSize)
      try {
        const results = await this.#write(group.map(({ entry }) => entry))
        group.forEach((each, at) => {
          each.resolve(results[at] as Result) // one result per entry, says `write`
        })
      } catch (error) {
        for (const each of group) each.reject(error)
      }
    }
    this.#isWriting = false
  }
}
