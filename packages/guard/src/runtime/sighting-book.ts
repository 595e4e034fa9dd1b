import type { AccountId, ClientIdentity } from '@tidegate/protocol'
import type { Sighting } from '../core/ledger.ts'

const DAY_MS = 86_400_000
/** Clients remembered, some 30 MB; beyond, the longest known is forgotten and written once more. */
const REMEMBERED_CLIENTS = 100_000
/** Sightings of one write. */
const MAX_BATCH = 5_000

interface Seen {
  readonly sighting: Sighting
  readonly day: number
}

/**
 * Which clients were seen: at most once per client and day, unless its class or version changed or what it stores moved by
 * more than a quarter, as it does after a first load. Kept until the registry has them.
 */
export class SightingBook {
  readonly #seen = new Map<string, Seen>()
  readonly #unwritten = new Map<string, Sighting>()

  note(seen: Sighting, nowMs: number): void {
    const key = keyOf(seen.accountId, seen.client)
    const day = Math.floor(nowMs / DAY_MS)
    const known = this.#seen.get(key)
    const sighting = { ...seen, cachedBytes: seen.cachedBytes ?? known?.sighting.cachedBytes ?? null }
    if (known?.day === day && isAlike(known.sighting, sighting)) return
    this.#seen.delete(key)
    this.#seen.set(key, { sighting, day })
    this.#unwritten.set(key, sighting)
    forgetOldest(this.#seen)
    forgetOldest(this.#unwritten)
  }

  /** About what the client last said it stores; null when it did not. */
  cachedBytesOf(accountId: AccountId, client: ClientIdentity): number | null {
    return this.#seen.get(keyOf(accountId, client))?.sighting.cachedBytes ?? null
  }

  /** Writes what waits, in batches. A batch that fails waits for the next call. */
  async flush(write: (sightings: readonly Sighting[]) => Promise<void>): Promise<void> {
    while (this.#unwritten.size > 0) {
      const batch = [...this.#unwritten].slice(0, MAX_BATCH)
      await write(batch.map(([, sighting]) => sighting))
      // A newer sighting of the same client, noted while this was written, stays.
      for (const [key, sighting] of batch) if (this.#unwritten.get(key) === sighting) this.#unwritten.delete(key)
    }
  }
}

function forgetOldest(map: Map<string, unknown>): void {
  const oldest = map.size > REMEMBERED_CLIENTS ? map.keys().next() : undefined
  if (oldest && !oldest.done) map.delete(oldest.value)
}

function isAlike(left: Sighting, right: Sighting): boolean {
  if (left.client.clientClass !== right.client.clientClass || left.client.appVersion !== right.client.appVersion)
    return false
  if (left.cachedBytes === null || right.cachedBytes === null) return left.cachedBytes === right.cachedBytes
  return Math.abs(left.cachedBytes - right.cachedBytes) * 4 <= left.cachedBytes
}

function keyOf(accountId: string, client: ClientIdentity): string {
  return JSON.stringify([accountId, client.clientId])
}
