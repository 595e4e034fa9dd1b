import type { ChangeSeq, ClientApi, CollectionName } from '@tidegate/protocol'
import { Denied } from '@tidegate/protocol'
import type { Cache } from '../cache.ts'
import { ChangesReplay, type ReplayStep } from './changes-replay.ts'

/** How ordinary sync of one collection ended. */
export interface SyncResult {
  readonly collection: CollectionName
  /**
   * `in-step`: the cache holds what the server held at `asOf`. `differs`: it followed every change and holds something
   * else, which is for a signal to put right. `too-much`: more than may be brought without a lease.
   */
  readonly outcome: 'in-step' | 'differs' | 'too-much'
  readonly asOf: ChangeSeq | null
  readonly fetchedBytes: number
}

/** Brings a collection from its cursor to the end of the change sequence, in small pages that need no lease. */
export async function ordinarySync(options: {
  readonly api: Pick<ClientApi, 'changesSince' | 'fetch' | 'digests'>
  readonly cache: Cache
  readonly collection: CollectionName
  readonly nowMs: () => number
}): Promise<SyncResult> {
  const { cache, collection } = options
  const result = { collection, asOf: null, fetchedBytes: 0 }
  if ((await cache.state(collection)).cursor === null) return { ...result, outcome: 'too-much' }
  const replay = new ChangesReplay(options)
  for (let fetchedBytes = 0; ; ) {
    const step = await stepInteractively(replay)
    switch (step.kind) {
      case 'stepped':
        fetchedBytes += step.drawnBytes
        continue
      case 'equal':
        return { ...result, outcome: 'in-step', asOf: step.asOf, fetchedBytes }
      case 'different':
        return { ...result, outcome: 'differs', asOf: (await cache.state(collection)).cursor, fetchedBytes }
      case 'unknown-position':
      case 'too-much':
        return { ...result, outcome: 'too-much', fetchedBytes }
    }
  }
}

/** One step without a lease. The guard's own measure of what is interactive may be the stricter one. */
export async function stepInteractively(replay: ChangesReplay): Promise<ReplayStep> {
  try {
    return await replay.step(null)
  } catch (error) {
    if (error instanceof Denied && error.denial.kind === 'lease-required') return { kind: 'too-much' }
    throw error
  }
}
