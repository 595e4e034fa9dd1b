import type { Cache } from '../cache.ts'

/** What the contract needs to know of a kind of cache: how to open one on data of its own. */
export interface CacheFixture {
  /**
   * Opens a cache on this fixture's data; two at a time are two tabs, one after another is a reload. What its listeners
   * throw must not end the run.
   */
  open(): Promise<Cache>
  /**
   * Makes the `count`th record written from now on fail, 1 being the next, as a crash in the middle of a commit would.
   * Absent where records cannot fail one by one; the cases that need it are then skipped by name.
   *
   * @returns ends it, and tells whether it came to that record
   */
  failAtWrite?(count: number): () => boolean
  /** Deletes the data. All caches are closed by then. */
  destroy(): Promise<void>
}

/** One promise of `Cache`, and how to see that it is kept. */
export interface CacheContractCase {
  readonly name: string
  readonly needs?: 'failAtWrite'
  run(fixture: CacheFixture): Promise<void>
}

/**
 * Runs one case on data of its own, and cleans up. A case waits for the notifications that a cache owes it, so give it a
 * deadline (all of them together take about a second).
 *
 * @returns `skipped` when the fixture lacks what the case needs
 * @throws what the case found broken
 */
export async function runCacheCase(
  each: CacheContractCase,
  makeFixture: () => CacheFixture | Promise<CacheFixture>,
): Promise<'passed' | 'skipped'> {
  const fixture = await makeFixture()
  const opened: Cache[] = []
  const open = async () => {
    const cache = await fixture.open()
    opened.push(cache)
    return cache
  }
  try {
    if (each.needs && !fixture[each.needs]) return 'skipped'
    await each.run({ ...fixture, open, destroy: () => fixture.destroy() })
    return 'passed'
  } finally {
    await Promise.all(opened.map((cache) => cache.close()))
    await fixture.destroy()
  }
}

/** @throws Error that says what was expected of `what`, unless both are alike as JSON, whatever the order of fields */
export function expectEqual(what: string, actual: unknown, expected: unknown): void {
  const [left, right] = [canonical(actual), canonical(expected)]
  if (left !== right) throw new Error(`${what}: expected ${shortened(right)}, got ${shortened(left)}`)
}

/** @returns what `call` rejected with. @throws Error when it did not */
export async function rejectionOf(what: string, call: () => Promise<unknown>): Promise<unknown> {
  try {
    await call()
  } catch (error) {
    return error
  }
  throw new Error(`${what}: expected an error, got none`)
}

function canonical(value: unknown): string {
  return String(
    JSON.stringify(value, (_key, field: unknown) =>
      field && typeof field === 'object' && !Array.isArray(field)
        ? Object.fromEntries(Object.entries(field).sort(([left], [right]) => (left < right ? -1 : 1)))
        : field,
    ),
  )
}

function shortened(text: string): string {
  return text.length > 600 ? `${text.slice(0, 600)}… (${text.length} characters)` : text
}
