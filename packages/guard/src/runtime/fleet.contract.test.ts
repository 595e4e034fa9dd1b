import { randomUUID } from 'node:crypto'
import type { LeaseGrant } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import type { CapacityStore } from '../capacity/capacity-store.ts'
import { memoryCapacityStore } from '../capacity/memory-capacity-store.ts'
import { SAFE_TERM_MS, SHARE_TERM_MS } from '../core/shares/share-terms.ts'
import { ann, ben, CAPACITY, denialOf, GuardScene } from './testing/guard-scene.ts'

const SLOT_COUNT = 4
const SAFE = (0.2 * CAPACITY) / SLOT_COUNT
const settings = { maxShareOfResource: 1 }

/** A capacity store in memory whose line can be cut. */
function aStore(nowMs: () => number): CapacityStore & { isCut: boolean } {
  const inner = memoryCapacityStore({ nowMs, newId: randomUUID })
  const store = {
    isCut: false,
    async exchange(ask: Parameters<CapacityStore['exchange']>[0]) {
      if (store.isCut) throw new Error('connect ECONNREFUSED')
      return inner.exchange(ask)
    },
  }
  return store
}

async function aScene() {
  const scenes: GuardScene[] = []
  const store = aStore(() => scenes[0]?.clock.nowMs() ?? 0)
  const scene = await GuardScene.open({ settings, fleet: { store, slot: 1, slotCount: SLOT_COUNT } })
  scenes.push(scene)
  return { scene, store }
}

/** What a lease that is asked for now may draw, with everybody else's share free: the node's part of the resource. */
async function partOf(scene: GuardScene): Promise<number> {
  const grant = await scene.requestLease(ann, null, 100_000_000).catch(() => null)
  if (grant === null) return 0
  await scene.client(ann).endLease({ leaseId: grant.leaseId })
  return grant.bytesPerSecond
}

test('G4, G8: a node of a fleet lets no resync begin before it was given a part, and people pass all the same', async () => {
  const { scene, store } = await aScene()
  await using _ = scene
  await scene.clock.advance(2_000)
  expect(await denialOf(scene.requestLease(ann, null))).toMatchObject({ kind: 'no-capacity' })
  scene.guard.admit({ accountId: ben, pool: 'interactive', units: 100_000 }).end()

  store.isCut = true
  scene.guard.start()
  await scene.clock.advance(SHARE_TERM_MS)
  expect(await partOf(scene)).toBe(0)
  scene.guard.admit({ accountId: ben, pool: 'delivery', units: 100_000 }).end()

  // With nobody else there it is given all but the safe parts of the three that may come.
  store.isCut = false
  await untilPartIs(scene, CAPACITY - (SLOT_COUNT - 1) * SAFE)
})

test('G8: without the store a node goes on with its safe part, then with nothing; people and deliveries pass in both', async () => {
  const { scene, store } = await aScene()
  await using _ = scene
  scene.guard.start()
  await untilPartIs(scene, CAPACITY - (SLOT_COUNT - 1) * SAFE)
  const lease = await scene.requestLease(ann, null, 100_000_000)

  store.isCut = true
  for (let spentMs = 0; spentMs < SHARE_TERM_MS; spentMs += 2_000) {
    await scene.clock.advance(2_000)
    await scene.client(ann).renewLease({ leaseId: lease.leaseId, wantBytes: 100_000_000 })
  }
  // A lease that was given more draws no more than the node may by now: its next page says so.
  const drawn = await drawnIn(scene, lease, 5_000)
  expect(drawn).toBeGreaterThan(SAFE * 3)
  expect(drawn).toBeLessThanOrEqual(SAFE * 6)
  scene.guard.admit({ accountId: ben, pool: 'interactive', units: 100_000 }).end()
  expect(scene.logged.filter(({ event }) => event === 'share.lost')).toMatchObject([{ fields: { kind: 'store-lost' } }])

  await scene.clock.advance(SAFE_TERM_MS)
  expect(await partOf(scene)).toBe(0)
  scene.guard.admit({ accountId: ben, pool: 'interactive', units: 100_000 }).end()
})

test('G4: two nodes have the resource together, and one that ends leaves its part to the other', async () => {
  const { scene, store } = await aScene()
  await using _ = scene
  scene.guard.start()
  await untilPartIs(scene, CAPACITY - (SLOT_COUNT - 1) * SAFE)
  const other = await scene.restarted({ fleet: { store, slot: 2, slotCount: SLOT_COUNT } })
  other.start()
  const api = other.api({ kind: 'client', accountId: ben })
  const first = await scene.requestLease(ann, null, 100_000_000)
  const ask = { protocol: 1, client: { clientId: 'c', clientClass: 'web', appVersion: '1' } } as Parameters<
    typeof api.requestLease
  >[0]
  const wanted = { ...ask, purpose: { kind: 'first-load' as const }, wantBytes: 100_000_000 }
  let second: LeaseGrant | null = null
  for (let at = 0; (second?.bytesPerSecond ?? 0) < CAPACITY / 4 && at < 100; at++) {
    await scene.clock.advance(500)
    await scene.client(ann).renewLease({ leaseId: first.leaseId, wantBytes: 100_000_000 })
    // What a newcomer is given first is its safe part; it is more once the other gives way.
    second = second
      ? await api.renewLease({ leaseId: second.leaseId, wantBytes: 100_000_000 })
      : await api.requestLease(wanted).catch(() => null)
  }
  const kept = await scene.client(ann).renewLease({ leaseId: first.leaseId, wantBytes: 100_000_000 })
  expect(second?.bytesPerSecond).toBeGreaterThanOrEqual(CAPACITY / 4)
  expect(kept.bytesPerSecond + (second?.bytesPerSecond ?? 0)).toBeLessThanOrEqual(CAPACITY)

  await other[Symbol.asyncDispose]()
  await scene.client(ann).endLease({ leaseId: first.leaseId })
  await untilPartIs(scene, CAPACITY - (SLOT_COUNT - 1) * SAFE)
})

test('a slot that cannot be is told before anything begins', async () => {
  const store = aStore(() => 0)
  await expect(GuardScene.open({ fleet: { store, slot: 5, slotCount: 4 } })).rejects.toThrow(
    'slot must be a whole number from 1 to slotCount, 4, got 5',
  )
})

async function untilPartIs(scene: GuardScene, part: number): Promise<void> {
  let found = 0
  for (let at = 0; at < 100; at++) {
    await scene.clock.advance(500)
    found = await partOf(scene)
    if (found >= part * 0.999) break
  }
  expect(found).toBeGreaterThanOrEqual(part * 0.999)
  expect(found).toBeLessThanOrEqual(part)
}

/** Draws page after page for a while. @returns the bytes that were given */
async function drawnIn(scene: GuardScene, { leaseId }: LeaseGrant, forMs: number): Promise<number> {
  let bytes = 0
  const lease = await scene.client(ann).renewLease({ leaseId, wantBytes: 100_000_000 })
  for (let spentMs = 0; spentMs < forMs; spentMs += 50) {
    await scene.clock.advance(50)
    const page = await scene.fetch(ann, 100, lease.leaseId).catch(() => null)
    for (const item of page?.items ?? []) bytes += item.payloadBytes
  }
  return bytes
}
