import { setTimeout } from 'node:timers/promises'

const DEADLINE_MS = 60_000
const LOOK_EVERY_MS = 50

/**
 * Looks until `look` finds something.
 *
 * @param what is waited for, as the error says it
 * @throws Error when a minute was not enough
 */
export async function eventually<Found>(
  what: string,
  look: () => Found | null | Promise<Found | null>,
): Promise<Found> {
  const deadlineMs = performance.now() + DEADLINE_MS
  for (;;) {
    const found = await look()
    if (found !== null) return found
    if (performance.now() > deadlineMs) throw new Error(`Waited ${DEADLINE_MS} ms in vain for ${what}`)
    await setTimeout(LOOK_EVERY_MS)
  }
}
