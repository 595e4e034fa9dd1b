import { Actor, ClientIdentity, type LeaseId, type SetSwitch, SetSwitch as SetSwitchSchema } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import { ann, ben, CAPACITY, denialOf, GuardScene, phone } from './testing/guard-scene.ts'

const MINUTE_MS = 60_000
const pause = { kind: 'pause', causeId: 'labels-2023-07' }
const toTenPercent = { kind: 'throttle', clientClass: 'mobile', toRatio: 0.1 }
const shedMail = { kind: 'shed', service: 'mail', text: 'Mail is offline. Nothing is lost.' }

function setting(effect: object, endsInMs = 10 * MINUTE_MS): SetSwitch {
  return SetSwitchSchema.parse({ effect, endsInMs, reason: 'storage is slow' })
}

/** Draws pages as fast as they are let through, eight tries a second. @returns bytes */
async function drawnBytes(scene: GuardScene, leaseId: LeaseId, forMs: number) {
  let bytes = 0
  for (let passedMs = 0; passedMs < forMs; passedMs += 125) {
    await scene.clock.advance(125)
    const page = await scene.fetch(ann, 100, leaseId).catch(() => null)
    bytes += page?.items.reduce((sum, item) => sum + item.payloadBytes, 0) ?? 0
  }
  await scene.guard.refresh()
  await scene.client(ann).renewLease({ leaseId, wantBytes: 10_000_000 })
  return bytes
}

test('J9: a running lease of a throttled class draws its share from the next page on, and all of its own when the switch ended by itself', async () => {
  await using scene = await GuardScene.open()
  const { leaseId } = await scene.requestLease(ann, await scene.propose([ann]), 10_000_000)
  await drawnBytes(scene, leaseId, 2_000)
  await scene.staff.setSwitch(setting(toTenPercent, 6_000))
  const throttled = await drawnBytes(scene, leaseId, 5_000)
  expect(throttled).toBeLessThanOrEqual(0.1 * CAPACITY * 5)
  expect(throttled).toBeGreaterThanOrEqual(0.08 * CAPACITY * 5)
  await scene.clock.advance(1_000)
  expect(await drawnBytes(scene, leaseId, 5_000)).toBeGreaterThan(2 * throttled)
})

test('J9: leases of a throttled class hold no more than their share and one, so that others get theirs', async () => {
  await using scene = await GuardScene.open()
  await scene.staff.setSwitch(setting(toTenPercent))
  expect((await scene.requestLease(ann, null)).bytesPerSecond).toBe(CAPACITY / 4)
  expect(await denialOf(scene.requestLease(ben, null))).toMatchObject({ kind: 'no-capacity' })
  const desktop = ClientIdentity.parse({ ...phone, clientId: 'desk-1', clientClass: 'desktop' })
  const ask = { protocol: 1, client: desktop, purpose: { kind: 'first-load' as const }, wantBytes: 1_000 }
  expect(await scene.client(ben).requestLease(ask)).toMatchObject({ resourceId: 'shard-1' })
})

test('a class at 0 % begins nothing, and whoever is under way gets no further page', async () => {
  await using scene = await GuardScene.open()
  const { leaseId } = await scene.requestLease(ann, null)
  await scene.staff.setSwitch(setting({ ...toTenPercent, toRatio: 0 }))
  const fetchCount = scene.source.fetchCount
  const refused = { kind: 'no-capacity', retryAfterMs: expect.any(Number) }
  expect(await denialOf(scene.fetch(ann, 10, leaseId))).toEqual(refused)
  expect(await denialOf(scene.client(ann).renewLease({ leaseId, wantBytes: 1 }))).toEqual(refused)
  expect(await denialOf(scene.requestLease(ben, null))).toEqual(refused)
  expect(scene.source.fetchCount).toBe(fetchCount)
})

test('J10: a paused cause stops at the next page and is in nobody’s answer; lifted, the same signal goes on', async () => {
  await using scene = await GuardScene.open()
  const signalId = await scene.propose([ann])
  const { leaseId } = await scene.requestLease(ann, signalId)
  const stateTag = scene.guard.stateTag(ann, phone)
  const { switch: set } = await scene.staff.setSwitch(setting(pause))
  expect(scene.guard.stateTag(ann, phone)).toBeNull()
  expect((await scene.inForce(ann)).signals).toEqual([])
  expect(await denialOf(scene.fetch(ann, 10, leaseId))).toEqual({ kind: 'not-in-force', signalId })
  expect(await denialOf(scene.requestLease(ann, signalId))).toEqual({ kind: 'not-in-force', signalId })

  const { inForce } = await scene.staff.liftSwitch({ switchNo: set.switchNo, reason: 'looked' })
  expect(inForce).toEqual([])
  expect(scene.guard.stateTag(ann, phone)).toBe(stateTag)
  expect(await scene.requestLease(ann, signalId)).toMatchObject({ resourceId: 'shard-1' })
})

test('J8: a service that is shed is refused with the text for people before any work, and only it', async () => {
  await using scene = await GuardScene.open({ service: 'mail' })
  const { leaseId } = await scene.requestLease(ann, null)
  await scene.staff.setSwitch(setting({ ...shedMail, service: 'drive' }))
  expect(scene.guard.shedOf('mail', 'ann')).toBeNull()
  const { switch: set } = await scene.staff.setSwitch(setting(shedMail))
  const shed = { kind: 'shed', service: 'mail', retryAfterMs: expect.any(Number), message: shedMail.text }
  const fetchCount = scene.source.fetchCount
  expect(await denialOf(scene.fetch(ann, 1))).toEqual(shed)
  expect(await denialOf(scene.fetch(ann, 1, leaseId))).toEqual(shed)
  expect(await denialOf(scene.inForce(ann))).toEqual(shed)
  expect(await denialOf(scene.requestLease(ben, null))).toEqual(shed)
  expect(scene.source.fetchCount).toBe(fetchCount)
  // Whoever ends gives back what others may have.
  expect(await scene.client(ann).endLease({ leaseId })).toHaveProperty('refundedBytes')
  const told = ['ann', 'ben', 'cem'].map((who) => scene.guard.shedOf('mail', who)?.retryAfterMs ?? -1)
  expect(new Set(told).size).toBe(3)
  expect(told.every((ms) => ms >= 30_000 && ms < 60_000)).toBe(true)

  await scene.staff.setModes({ guardMode: 'observe', reason: 'a person said it, no verdict' })
  expect(scene.guard.shedOf('mail', 'ann')).toEqual(shed)
  await scene.staff.setModes({ guardMode: 'off', reason: 'nothing is done' })
  expect(scene.guard.shedOf('mail', 'ann')).toBeNull()
  await scene.staff.setModes({ guardMode: 'enforce', reason: 'as before' })
  await scene.staff.liftSwitch({ switchNo: set.switchNo, reason: 'storage is back' })
  await scene.clock.advance(1_000)
  expect(await scene.fetch(ann, 1)).toHaveProperty('items')
})

test('another node knows of a switch within a second; one that loses the ledger keeps it until its end (G8)', async () => {
  await using scene = await GuardScene.open()
  await using other = await scene.restarted()
  other.start()
  await scene.staff.setSwitch(setting(shedMail, 5 * MINUTE_MS))
  await scene.clock.advance(1_000)
  await expect.poll(() => other.shedOf('mail', 'ann')).not.toBeNull()

  scene.line.line = 'refused'
  await scene.clock.advance(4 * MINUTE_MS)
  expect(other.health().isReady).toBe(false)
  expect(other.shedOf('mail', 'ann')).toMatchObject({ message: shedMail.text })
  await scene.clock.advance(MINUTE_MS)
  expect(other.shedOf('mail', 'ann')).toBeNull()
})

test('only operators switch, and status says what is in force, by whom, why and until when', async () => {
  await using scene = await GuardScene.open()
  const approver = scene.guard.api({ kind: 'staff', actor: Actor.parse('ada'), roles: ['approver', 'viewer'] })
  expect(await denialOf(approver.setSwitch(setting(toTenPercent)))).toEqual({
    kind: 'forbidden',
    needsRole: 'operator',
  })
  const answer = await scene.staff.setSwitch(setting(toTenPercent))
  expect(await denialOf(approver.liftSwitch({ switchNo: answer.switch.switchNo, reason: 'r' }))).toMatchObject({
    kind: 'forbidden',
  })
  const ramp = scene.staff.setSwitch(setting({ kind: 'ramp', resourceId: 'shard-1' }))
  expect(await denialOf(ramp)).toMatchObject({ kind: 'conflict' })
  const { switches } = await approver.status({ onlyHeld: false })
  expect(switches).toEqual(answer.inForce)
  expect(switches).toMatchObject([
    { effect: toTenPercent, by: 'olga', reason: 'storage is slow', endsInMs: 10 * MINUTE_MS },
  ])
})

test('a guard cannot be made for a service that no operator could name', async () => {
  await expect(GuardScene.open({ service: 'Proton Mail' })).rejects.toThrow('service must be a lower-case word')
})
