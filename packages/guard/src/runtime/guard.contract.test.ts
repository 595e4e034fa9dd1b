import { createPublicKey, verify } from 'node:crypto'
import {
  Actor,
  ALL_ORDINALS,
  ClientIdentity,
  CollectionName,
  ItemId,
  Nonce,
  PROTOCOL_VERSION,
  signedBytes,
} from '@tidegate/protocol'
import { expect, test, vi } from 'vitest'
import { ann, ben, CAPACITY, denialOf, GuardScene, phone } from './testing/guard-scene.ts'

const bridge = ClientIdentity.parse({ clientId: 'bridge-1', clientClass: 'bridge', appVersion: '3.4.1' })

test('an account in force gets a tag and a signed answer with its digests; a neighbour gets neither (G1)', async () => {
  await using scene = await GuardScene.open()
  const signalId = await scene.propose([ann])
  const answer = await scene.inForce(ann)
  expect(answer).toMatchObject({
    validForMs: 8_000,
    clientMode: 'enforce',
    stateTag: scene.guard.stateTag(ann, phone),
    signals: [{ signalId, version: 1, action: 'verify', resourceId: 'shard-1', notBeforeInMs: 0 }],
    digests: [{ collection: 'messages', asOf: 1, itemCount: 100, payloadBytes: 100_000 }],
  })
  expect(answer.stateTag).not.toBeNull()
  expect(scene.guard.stateTag(ben, phone)).toBeNull()
  expect(await scene.inForce(ben)).toMatchObject({ stateTag: null, signals: [], digests: [] })
})

test('what a client says it has completed is not told to it again, and stays in its tag', async () => {
  await using scene = await GuardScene.open()
  const signalId = await scene.propose([ann])
  const nonce = Nonce.parse('fresh-nonce-00001')
  const question = { protocol: PROTOCOL_VERSION, accountId: ann, client: phone, nonce, cachedBytes: 0 }
  const told = async (version: number) => {
    const { payload } = await scene.client(ann).inForce({ ...question, completedSignals: [{ signalId, version }] })
    return JSON.parse(payload)
  }
  const stateTag = scene.guard.stateTag(ann, phone)
  expect(stateTag).not.toBeNull()
  expect(await told(1)).toMatchObject({ stateTag, signals: [], digests: [] })
  expect(await told(2)).toMatchObject({ stateTag, signals: [{ signalId, version: 1 }] })
})

test('whoever has the public key can check an answer, and a changed one fails', async () => {
  await using scene = await GuardScene.open()
  await scene.propose([ann])
  const nonce = Nonce.parse('fresh-nonce-00001')
  const question = { protocol: PROTOCOL_VERSION, accountId: ann, client: phone, nonce, cachedBytes: 0 }
  const answer = await scene.client(ann).inForce(question)
  const [key] = scene.guard.publicKeys()
  expect(key?.keyId).toBe(answer.keyId)
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: key?.publicKey ?? '' }, format: 'jwk' })
  const address = { accountId: ann, clientId: phone.clientId, nonce }
  const signature = Buffer.from(answer.signature, 'base64url')
  expect(verify(null, signedBytes(answer.payload, address), publicKey, signature)).toBe(true)
  expect(verify(null, signedBytes(`${answer.payload} `, address), publicKey, signature)).toBe(false)
  expect(verify(null, signedBytes(answer.payload, { ...address, accountId: ben }), publicKey, signature)).toBe(false)
})

test('a tag differs between clients and accounts, and stays while nothing changes', async () => {
  await using scene = await GuardScene.open()
  await scene.propose([ann, ben])
  const tags = [scene.guard.stateTag(ann, phone), scene.guard.stateTag(ann, bridge), scene.guard.stateTag(ben, phone)]
  expect(new Set(tags).size).toBe(3)
  await scene.guard.refresh()
  expect(scene.guard.stateTag(ann, phone)).toBe(tags[0])
})

test('a request that names another account than its login is denied', async () => {
  await using scene = await GuardScene.open()
  const nonce = Nonce.parse('0123456789abcdef')
  const request = { protocol: PROTOCOL_VERSION, accountId: ben, client: phone, nonce, cachedBytes: 0 }
  expect(await denialOf(scene.client(ann).inForce(request))).toEqual({ kind: 'wrong-account' })
})

test('a login that changed under an open app reads nothing and begins nothing for the account it had (C1)', async () => {
  await using scene = await GuardScene.open()
  const now = scene.client(ben) // the cookie is Ben's by now, and the app still means Ann
  const meant = { accountId: ann, collection: CollectionName.parse('messages') }
  const calls = [
    now.changesSince({ ...meant, sinceSeq: 0, limit: 10 }),
    now.list({ ...meant, range: ALL_ORDINALS, limit: 10 }),
    now.digests({ ...meant, ranges: [ALL_ORDINALS] }),
    now.fetch({ ...meant, ids: [ItemId.parse('any')] }),
    now.requestLease({
      protocol: PROTOCOL_VERSION,
      accountId: ann,
      client: phone,
      purpose: { kind: 'first-load' },
      wantBytes: 1_000,
    }),
  ]
  for (const call of calls) expect(await denialOf(call)).toEqual({ kind: 'wrong-account' })
})

test('a client of another protocol version is told which one is served, before its message is read', async () => {
  await using scene = await GuardScene.open()
  const request = { accountId: ann, client: phone, nonce: Nonce.parse('0123456789abcdef'), cachedBytes: -1 }
  expect(await denialOf(scene.client(ann).inForce({ ...request, protocol: 0 }))).toEqual({
    kind: 'protocol-too-old',
    floor: 1,
  })
  expect(await denialOf(scene.client(ann).inForce({ ...request, protocol: 99 }))).toEqual({
    kind: 'protocol-too-new',
    newest: 1,
  })
  expect(await denialOf(scene.client(ann).inForce({ ...request, protocol: 1 }))).toMatchObject({
    kind: 'invalid',
    message: expect.stringContaining('cachedBytes'),
  })
})

test('a revoke takes the signal out of tags and answers at once, and stops a fetch at its next page (G3)', async () => {
  await using scene = await GuardScene.open()
  const signalId = await scene.propose([ann])
  const { leaseId } = await scene.requestLease(ann, signalId)
  await scene.clock.advance(1_000)
  await scene.fetch(ann, 10, leaseId)
  const revoked = await scene.staff.revoke({ target: { kind: 'signal', signalId }, reason: 'was a bug' })
  expect(revoked).toMatchObject({ signalCount: 1, neverBegunAccountCount: 0 })
  expect(scene.guard.stateTag(ann, phone)).toBeNull()
  expect((await scene.inForce(ann)).signals).toEqual([])
  const fetchCount = scene.source.fetchCount
  expect(await denialOf(scene.fetch(ann, 10, leaseId))).toEqual({ kind: 'not-in-force', signalId })
  expect(await denialOf(scene.requestLease(ann, signalId))).toEqual({ kind: 'not-in-force', signalId })
  expect(await denialOf(scene.client(ann).renewLease({ leaseId, wantBytes: 1 }))).toEqual({
    kind: 'not-in-force',
    signalId,
  })
  expect(scene.source.fetchCount).toBe(fetchCount)
})

test('an extended signal keeps its tag and its leases, so nobody asks or begins anew; a successor ends both at once (G3)', async () => {
  await using scene = await GuardScene.open()
  const signalId = await scene.propose([ann])
  const target = { kind: 'signal', signalId } as const
  const stage = { share: 1, bakeMs: 60_000, gate: { minReportCount: 1, maxFailureRatio: 1 } }
  const plan = { verifyWindowMs: 0, windowMs: 600_000, stages: [stage] }
  await scene.staff.approve({ target, plan, reason: 'needed' })
  const { leaseId } = await scene.requestLease(ann, signalId)
  const stateTag = scene.guard.stateTag(ann, phone)
  const { expiresInMs = 0 } = (await scene.inForce(ann)).signals[0] ?? {}
  const more = { expiresInMs: expiresInMs + 60_000, windowMs: 1_200_000 }
  expect(await scene.staff.extend({ target, ...more, reason: 'storage is slow' })).toMatchObject({ signalCount: 1 })
  expect(scene.guard.stateTag(ann, phone)).toBe(stateTag)
  expect((await scene.inForce(ann)).signals).toMatchObject([{ signalId, version: 1, expiresInMs: more.expiresInMs }])
  await scene.client(ann).renewLease({ leaseId, wantBytes: 1 })

  const next = await scene.proposeUnseen([ann])
  const successor = { kind: 'signal', signalId: next } as const
  await scene.staff.extend({ target: successor, expiresInMs: more.expiresInMs + 1, reason: 'as long as the old one' })
  await scene.staff.approve({ target: successor, plan, supersedes: target, reason: 'the mapping is mended' })
  expect(scene.guard.stateTag(ann, phone)).not.toBe(stateTag)
  expect((await scene.inForce(ann)).signals).toMatchObject([{ signalId: next }])
  expect(await denialOf(scene.fetch(ann, 10, leaseId))).toEqual({ kind: 'not-in-force', signalId })
  expect(await denialOf(scene.client(ann).renewLease({ leaseId, wantBytes: 1 }))).toMatchObject({
    kind: 'not-in-force',
  })
})

test('whoever never asked for a lease counts as never begun in a revoke', async () => {
  await using scene = await GuardScene.open()
  const signalId = await scene.propose([ann, ben])
  await scene.requestLease(ann, signalId)
  const target = { kind: 'signal' as const, signalId }
  expect(await scene.staff.revoke({ target, reason: 'was a bug' })).toMatchObject({
    accountCount: 2,
    neverBegunAccountCount: 1,
  })
})

test('a revoke that comes while a beginning is being written down is the earlier one: nobody begins, and the count stands (G3)', async () => {
  await using scene = await GuardScene.open()
  const signalId = await scene.propose([ann])
  const { ledger } = scene.line
  const write = ledger.recordReports
  const revoked = vi.fn()
  vi.spyOn(ledger, 'recordReports').mockImplementation(async (...given) => {
    revoked(await scene.staff.revoke({ target: { kind: 'signal', signalId }, reason: 'was a bug' }))
    return write(...given)
  })
  expect(await denialOf(scene.requestLease(ann, signalId))).toEqual({ kind: 'not-in-force', signalId })
  expect(revoked).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ neverBegunAccountCount: 1 }))
  const { causes, resyncs } = await scene.staff.status({ onlyHeld: false })
  expect(causes[0]?.signals[0]?.reports.begun).toBe(0)
  expect(resyncs).toEqual([])
})

test('nobody begins while the ledger cannot note that they did', async () => {
  await using scene = await GuardScene.open()
  const signalId = await scene.propose([ann])
  scene.line.line = 'refused'
  expect(await denialOf(scene.requestLease(ann, signalId))).toMatchObject({ kind: 'unavailable' })
  scene.line.line = 'up'
  expect((await scene.staff.status({ onlyHeld: false })).resyncs).toEqual([])
  expect((await scene.requestLease(ann, signalId)).bytesPerSecond).toBe(CAPACITY / 4)
})

test.for(['refused', 'frozen'] as const)(
  'a node whose ledger is %s confirms and serves nothing after ten seconds, while people go on reading (G8)',
  async (line) => {
    await using scene = await GuardScene.open()
    const signalId = await scene.propose([ann])
    const { leaseId } = await scene.requestLease(ann, signalId)
    scene.guard.start()
    await scene.clock.advance(1_000)
    scene.line.line = line
    await scene.clock.advance(6_000)
    expect((await scene.inForce(ann)).validForMs).toBeLessThanOrEqual(4_250)
    await scene.client(ann).renewLease({ leaseId, wantBytes: 100_000 })
    await scene.clock.advance(4_000)
    const fetchCount = scene.source.fetchCount
    expect(await denialOf(scene.inForce(ann))).toMatchObject({ kind: 'unavailable' })
    expect(await denialOf(scene.fetch(ann, 10, leaseId))).toMatchObject({ kind: 'unavailable' })
    expect(await denialOf(scene.requestLease(ann, null))).toMatchObject({ kind: 'unavailable' })
    expect(scene.guard.stateTag(ann, phone)).toBeNull()
    expect(scene.source.fetchCount).toBe(fetchCount)
    expect((await scene.fetch(ann, 10)).items).toHaveLength(10)

    scene.line.line = 'up'
    await scene.clock.advance(3_000)
    await expect.poll(() => scene.guard.stateTag(ann, phone)).not.toBeNull()
    expect(scene.logged).toContainEqual(expect.objectContaining(failed('read-decisions')))
  },
)

test('a page without a lease is refused before any work, unless it is what a screen shows', async () => {
  await using scene = await GuardScene.open()
  expect(await denialOf(scene.fetch(ann, 51))).toMatchObject({ kind: 'lease-required' })
  expect(await denialOf(scene.fetch(ann, 10, (await scene.requestLease(ben, null)).leaseId))).toEqual({
    kind: 'lease-ended',
  })
  expect(scene.source.fetchCount).toBe(0)
  await scene.clock.advance(1_000)
  expect((await scene.fetch(ann, 50)).items).toHaveLength(50)
})

test('a fetch is cut to pages and paced by its lease (C4)', async () => {
  await using scene = await GuardScene.open({ itemCount: 200, payloadBytes: 10_000 })
  const { leaseId, pageBytes } = await scene.requestLease(ann, null, 2_000_000)
  await scene.clock.advance(1_000)
  const pages = [await scene.fetch(ann, 200, leaseId), await scene.fetch(ann, 200, leaseId)]
  for (const page of pages) expect(page.items.length * 10_000).toBeLessThanOrEqual(pageBytes)
  expect(pages[0]?.deferred.length).toBe(200 - 6)
  expect(await denialOf(scene.fetch(ann, 200, leaseId))).toMatchObject({ kind: 'no-capacity' })
})

test('a read that fails counts as a whole page, so that errors never make a client faster (C4)', async () => {
  await using scene = await GuardScene.open()
  const { leaseId } = await scene.requestLease(ann, null)
  await scene.clock.advance(1_000)
  scene.source.failure = new Error('disk is gone')
  for (let at = 0; at < 2; at++) await expect(scene.fetch(ann, 10, leaseId)).rejects.toThrow('Cannot answer fetch')
  expect(await denialOf(scene.fetch(ann, 10, leaseId))).toMatchObject({ kind: 'lease-ended' })
})

test('a restarted node knows no leases, the signals and the keys (G2)', async () => {
  await using scene = await GuardScene.open()
  const signalId = await scene.propose([ann])
  const { leaseId } = await scene.requestLease(ann, signalId)
  await using restarted = await scene.restarted()
  expect(restarted.publicKeys()).toEqual(scene.guard.publicKeys())
  expect(restarted.stateTag(ann, phone)).toBe(scene.guard.stateTag(ann, phone))
  const api = restarted.api({ kind: 'client', accountId: ann })
  expect(await denialOf(api.renewLease({ leaseId, wantBytes: 1 }))).toEqual({ kind: 'lease-ended' })
  expect(await api.endLease({ leaseId })).toEqual({ refundedBytes: 0 })
})

test('in observe nothing is in force and nothing is refused', async () => {
  await using scene = await GuardScene.open()
  const signalId = await scene.propose([ann])
  await scene.staff.setModes({ guardMode: 'observe', reason: 'first week' })
  expect(scene.guard.stateTag(ann, phone)).toBeNull()
  expect((await scene.inForce(ann)).signals).toEqual([])
  expect(await denialOf(scene.requestLease(ann, signalId))).toMatchObject({ kind: 'switched-off' })
  const { leaseId } = await scene.requestLease(ann, null)
  expect((await scene.fetch(ann, 100, leaseId)).items).toHaveLength(100)
  expect((await scene.fetch(ann, 100)).items).toHaveLength(100)
})

test('the off switch works here at once, even while the ledger cannot be told', async () => {
  await using scene = await GuardScene.open()
  await scene.propose([ann])
  scene.line.line = 'refused'
  expect(await denialOf(scene.guard.disable())).toMatchObject({ kind: 'unavailable' })
  expect(scene.guard.stateTag(ann, phone)).toBeNull()
  scene.line.line = 'up'
  await scene.guard.disable('still a storm', Actor.parse('olga'))
  expect(await scene.staff.status({ onlyHeld: false })).toMatchObject({ guardMode: 'off' })
  await scene.staff.setModes({ guardMode: 'enforce', reason: 'the storm is over' })
  expect(scene.guard.stateTag(ann, phone)).not.toBeNull()
})

test('switching the SDKs to observe changes every tag, and no lease is given for a signal', async () => {
  await using scene = await GuardScene.open()
  const signalId = await scene.propose([ann])
  const before = scene.guard.stateTag(ann, phone)
  await scene.staff.setModes({ clientMode: 'observe', reason: 'look first' })
  expect(scene.guard.stateTag(ann, phone)).not.toBe(before)
  expect((await scene.inForce(ann)).clientMode).toBe('observe')
  expect(await denialOf(scene.requestLease(ann, signalId))).toMatchObject({ kind: 'switched-off' })
})

test('an operator sees what is held, in force and running', async () => {
  await using scene = await GuardScene.open()
  const signalId = await scene.propose([ann])
  await scene.requestLease(ann, signalId, 50_000)
  const status = await scene.staff.status({ onlyHeld: false })
  expect(status).toMatchObject({
    guardMode: 'enforce',
    activeAccountCount: 1,
    resources: [
      {
        resourceId: 'shard-1',
        capacityBytesPerSecond: CAPACITY,
        leasedBytesPerSecond: CAPACITY / 4,
        activeAccountCount: 1,
      },
    ],
    causes: [{ signals: [{ signalId, state: 'released', inForceAccountCount: 1 }] }],
    resyncs: [
      { accountId: ann, clientId: phone.clientId, signalId, servedBytes: 0, wantBytes: 50_000, endsInMs: 8_000 },
    ],
  })
  expect((await scene.staff.status({ onlyHeld: true })).causes).toEqual([])
})

test('a started guard judges by itself, and goes on after its ledger was away', async () => {
  await using scene = await GuardScene.open()
  scene.guard.start()
  scene.line.line = 'refused'
  await scene.clock.advance(3_000)
  scene.line.line = 'up'
  expect(scene.logged).toContainEqual(expect.objectContaining(failed('judge-proposals')))
  await scene.propose([ann])
  await scene.clock.advance(1_000)
  await expect.poll(() => scene.logged.map(({ event }) => event)).toContain('loop.recovered')
  expect(scene.guard.stateTag(ann, phone)).not.toBeNull()
})

test('a client that only uses its app is known to the registry, and a known size is not forgotten', async () => {
  await using scene = await GuardScene.open()
  expect(scene.guard.stateTag(ann, phone)).toBeNull()
  await scene.guard.refresh()
  expect((await scene.staff.status({ onlyHeld: false })).activeClientCount).toBe(1)
  // 10 MB are guessed for a client that did not say, which exceeds the credit; then it says it holds nothing.
  const guessed = await scene.proposeUnseen([ann])
  await scene.inForce(ann)
  await using restarted = await scene.restarted()
  await scene.guard.refresh()
  expect(restarted.stateTag(ann, phone)).toBeNull()
  await restarted.refresh()
  const known = await scene.proposeUnseen([ann])
  const signals = (await scene.staff.status({ onlyHeld: false })).causes.flatMap((cause) => cause.signals)
  const predictedOf = (id: string) => signals.find(({ signalId }) => signalId === id)?.predicted[0]?.payloadBytes
  expect(predictedOf(guessed)).toBe(10_000_000)
  expect(predictedOf(known)).toBe(0)
})

const failed = (loop: string) => ({ level: 'error', event: 'loop.failed', fields: { loop } })
