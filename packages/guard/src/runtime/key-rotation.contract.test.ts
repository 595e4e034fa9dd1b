import { createPublicKey, generateKeyPairSync, randomUUID, verify } from 'node:crypto'
import {
  Actor,
  endorsementBytes,
  KEY_NOTICE_MS,
  Nonce,
  PROTOCOL_VERSION,
  ResourceId,
  RotateKey,
  revocationBytes,
  type SignedInForceAnswer,
  signedBytes,
} from '@tidegate/protocol'
import { PretendClock } from '@tidegate/protocol/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { KEY_OVERLAP_MS } from '../core/signing-keys.ts'
import { openLedger } from '../ledger/open-ledger.ts'
import { SIGNING_KEYS } from '../ledger/schema/12-signing-keys.ts'
import { SCHEMA_STEPS } from '../ledger/schema.ts'
import type { SqlDatabase } from '../sql.ts'
import { onEveryDatabase } from '../testing/on-every-database.ts'
import { createGuard, type Guard } from './create-guard.ts'
import { ann, denialOf, phone } from './testing/guard-scene.ts'
import { MemorySource } from './testing/memory-source.ts'

const nonce = Nonce.parse('0123456789abcdef')
const reason = 'once a quarter'
const olga = { kind: 'staff', actor: Actor.parse('olga'), roles: ['operator', 'viewer'] } as const

onEveryDatabase({ describe, beforeAll, afterAll }, 'Key rotation', 'ledger-tables', rotationContract)

/** Two nodes on one ledger, each with its own memory and connection; clients meet one or the other. */
class TwoNodes implements AsyncDisposable {
  readonly clock = new PretendClock(1_000_000)
  readonly database: SqlDatabase
  readonly nodes: Guard[] = []

  constructor(database: SqlDatabase) {
    this.database = database
  }

  static async on(database: SqlDatabase): Promise<TwoNodes> {
    const house = new TwoNodes(database)
    house.nodes.push(await house.anotherNode(), await house.anotherNode())
    return house
  }

  async anotherNode(): Promise<Guard> {
    const resourceId = ResourceId.parse('shard-1')
    const resources = { resources: [{ resourceId, capacityBytesPerSecond: 1e6 }], resourceOf: () => resourceId }
    const ledger = await openLedger({ database: this.database, resources, newId: randomUUID })
    const { clock } = this
    const options = { ledger, source: new MemorySource(1, 1), resources, clock, wallNowMs: () => clock.nowMs() }
    return createGuard({ ...options, log: () => {} })
  }

  get operator() {
    return (this.nodes[0] as Guard).api(olga)
  }

  /** What a client gets from each node. */
  answers(): Promise<SignedInForceAnswer[]> {
    const request = { protocol: PROTOCOL_VERSION, accountId: ann, client: phone, nonce, cachedBytes: 0 }
    return Promise.all(this.nodes.map((node) => node.api({ kind: 'client', accountId: ann }).inForce(request)))
  }

  async told(at: number) {
    const client = (this.nodes[at] as Guard).api({ kind: 'client', accountId: ann })
    return client.endorsements({ protocol: PROTOCOL_VERSION, knownKeyIds: [] })
  }

  async refreshAll(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.refresh()))
  }

  async keys() {
    return (await this.operator.signingKeys({})).keys
  }

  async later(ms: number): Promise<void> {
    await this.clock.advance(ms)
    await this.refreshAll()
  }

  /** Every private part there is or was, as base64. */
  async privateParts(): Promise<string[]> {
    const rows = await this.database.query<{ part: string }>(
      'SELECT signing_key_base64 AS part FROM tidegate_ledger.signing_key WHERE signing_key_base64 IS NOT NULL',
    )
    return rows.map(({ part }) => part)
  }

  async events() {
    return this.database.query<{ kind: string; actor: string; reason: string | null; evidence: unknown }>(
      `SELECT kind, actor, reason, evidence FROM tidegate_ledger.event WHERE kind LIKE 'signing-key-%' ORDER BY event_no`,
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of this.nodes) await node[Symbol.asyncDispose]()
    await this.database.close()
  }
}

function isSignedBy(publicKey: string, bytes: Uint8Array, signature: string): boolean {
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' })
  return verify(null, bytes, key, Buffer.from(signature, 'base64url'))
}

function rotationContract(openDatabase: (start?: 'empty') => Promise<SqlDatabase>): void {
  test('a key is announced on every node before any node signs with it, and each answer is signed by the one that is active', async () => {
    await using house = await TwoNodes.on(await openDatabase())
    const [first] = await house.keys()
    const { keys } = await house.operator.rotateKey(RotateKey.parse({ reason }))
    expect(keys.map(({ state }) => state)).toEqual(['active', 'announced'])
    const [, next] = keys
    await house.later(9_000)
    expect((await house.answers()).map(({ keyId }) => keyId)).toEqual([first?.keyId, first?.keyId])
    for (const at of [0, 1]) {
      const [endorsement] = (await house.told(at)).endorsements
      if (!endorsement || !first) throw new Error('nothing was endorsed')
      const { signature, ...said } = endorsement
      expect(said).toMatchObject({ keyId: next?.keyId, publicKey: next?.publicKey, endorsedBy: first.keyId })
      expect(isSignedBy(first.publicKey, endorsementBytes(said), signature)).toBe(true)
    }
    expect((house.nodes[1] as Guard).publicKeys().map(({ keyId }) => keyId)).toEqual(keys.map(({ keyId }) => keyId))

    await house.later(KEY_NOTICE_MS)
    for (const { keyId, payload, signature } of await house.answers()) {
      expect(keyId).toBe(next?.keyId)
      const address = { accountId: ann, clientId: phone.clientId, nonce }
      expect(isSignedBy(next?.publicKey ?? '', signedBytes(payload, address), signature)).toBe(true)
      expect(JSON.parse(payload)).toMatchObject({ oldestKeyId: first?.keyId })
    }
  })

  test('a node that could not read of the new key says nothing by the time that others sign with it (G8)', async () => {
    await using house = await TwoNodes.on(await openDatabase())
    await house.operator.rotateKey(RotateKey.parse({ reason }))
    await house.clock.advance(KEY_NOTICE_MS)
    await (house.nodes[0] as Guard).refresh()
    const [told, cutOff] = await Promise.allSettled([house.told(0), house.told(1)])
    expect(told).toMatchObject({ status: 'fulfilled', value: { endorsements: [{}] } })
    expect(cutOff).toMatchObject({ status: 'rejected', reason: { denial: { kind: 'unavailable' } } })
  })

  test('of two nodes that rotate at once one does, and the other is told that a key is announced', async () => {
    await using house = await TwoNodes.on(await openDatabase())
    const rotated = await Promise.all(
      house.nodes.map((node) => denialOf(node.api(olga).rotateKey(RotateKey.parse({ reason })))),
    )
    expect(rotated.filter((each) => Object(each).kind === 'conflict')).toHaveLength(1)
    expect(await house.keys()).toHaveLength(2)
  })

  test('who rotated and why is in the chain, and no private part is in an event or an answer (G7)', async () => {
    await using house = await TwoNodes.on(await openDatabase())
    const parts = await house.privateParts()
    const answer = await house.operator.rotateKey(RotateKey.parse({ reason }))
    parts.push(...(await house.privateParts()))
    await house.later(KEY_NOTICE_MS)
    await house.later(KEY_OVERLAP_MS)
    const events = await house.events()
    expect(events.map(({ kind, actor, reason }) => [kind, actor, reason])).toEqual([
      ['signing-key-announced', 'olga', reason],
      ['signing-key-retired', 'tidegate', null],
    ])
    expect(await house.operator.audit({})).toMatchObject({ isIntact: true })
    const said = JSON.stringify([answer, events, await house.told(0), await house.keys()])
    for (const part of parts) {
      // PKCS #8 ends with the 32 bytes of the seed: in either spelling of base64.
      const seed = Buffer.from(part, 'base64').subarray(-32)
      for (const spelling of [part, seed.toString('base64'), seed.toString('base64url'), seed.toString('hex')])
        expect(said).not.toContain(spelling)
    }
  })

  test('a former key counts for as long as a backup may be old; then its private part is erased, and clients are told', async () => {
    await using house = await TwoNodes.on(await openDatabase())
    const [first] = await house.keys()
    await house.operator.rotateKey(RotateKey.parse({ reason }))
    await house.later(KEY_NOTICE_MS)
    expect((await house.keys()).map(({ state }) => state)).toEqual(['former', 'active'])
    await house.later(KEY_OVERLAP_MS - 1)
    expect(await house.privateParts()).toHaveLength(2)
    await house.later(1)
    await house.refreshAll()
    expect((await house.keys()).map(({ state }) => state)).toEqual(['retired', 'active'])
    expect(await house.privateParts()).toHaveLength(1)
    const [, second] = await house.keys()
    for (const { payload } of await house.answers())
      expect(JSON.parse(payload)).toMatchObject({ oldestKeyId: second?.keyId })
    // Stolen from an old backup: it can still be named.
    await house.operator.revokeKey({ keyId: first?.keyId ?? ('' as never), reason: 'it lay in a public bucket' })
    const [revocation] = (await house.told(0)).revocations
    if (!first || !revocation) throw new Error('nothing was revoked')
    expect(isSignedBy(first.publicKey, revocationBytes(first.keyId), revocation.signature)).toBe(true)
    expect((await house.told(0)).endorsements).toEqual([])
  })

  test('a stolen key is followed by the one that was announced, or by a new one that it does not vouch for', async () => {
    await using house = await TwoNodes.on(await openDatabase())
    const [first] = await house.keys()
    if (!first) throw new Error('no key')
    const theft = 'it lay in a public bucket'
    const { keys } = await house.operator.revokeKey({ keyId: first.keyId, reason: theft })
    expect(keys.map(({ state, endorsedBy }) => [state, endorsedBy])).toEqual([
      ['revoked', null],
      ['announced', null],
    ])
    await house.refreshAll()
    // Nobody is without an answer until every node can know the next one.
    expect((await house.answers()).map(({ keyId }) => keyId)).toEqual([first.keyId, first.keyId])
    await house.later(KEY_NOTICE_MS)
    const second = keys[1]
    expect((await house.answers()).map(({ keyId }) => keyId)).toEqual([second?.keyId, second?.keyId])

    await house.operator.rotateKey(RotateKey.parse({ activateInMs: 30 * 86_400_000, reason }))
    await house.later(KEY_NOTICE_MS)
    const after = await house.operator.revokeKey({ keyId: second?.keyId ?? first.keyId, reason: theft })
    expect(after.keys.map(({ state }) => state)).toEqual(['revoked', 'revoked', 'active'])
    await house.refreshAll()
    expect((await house.answers()).map(({ keyId }) => keyId)).toEqual([after.keys[2]?.keyId, after.keys[2]?.keyId])
  })

  test('a ledger from before there was a second key goes on with the one it has', async () => {
    const database = await openDatabase('empty')
    for (const [at, step] of SCHEMA_STEPS.slice(0, SCHEMA_STEPS.indexOf(SIGNING_KEYS)).entries()) {
      if (at === 0)
        await database.script(
          'CREATE SCHEMA tidegate_ledger; CREATE TABLE tidegate_ledger.schema_step (version integer PRIMARY KEY)',
        )
      await database.script(step)
      await database.query('INSERT INTO tidegate_ledger.schema_step (version) VALUES ($1)', [at + 1])
    }
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    const publicBytes = publicKey.export({ format: 'der', type: 'spki' }).subarray(12)
    await database.query(
      'INSERT INTO tidegate_ledger.keys (key_id, signing_key_base64, public_key_base64, tag_key_base64) VALUES ($1, $2, $3, $4)',
      [
        'k1',
        privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
        publicBytes.toString('base64'),
        Buffer.alloc(32, 1).toString('base64'),
      ],
    )
    await using house = await TwoNodes.on(database)
    expect(await house.keys()).toMatchObject([
      { keyId: 'k1', state: 'active', endorsedBy: null, publicKey: publicBytes.toString('base64url') },
    ])
    for (const { payload, signature } of await house.answers()) {
      const address = { accountId: ann, clientId: phone.clientId, nonce }
      expect(isSignedBy(publicBytes.toString('base64url'), signedBytes(payload, address), signature)).toBe(true)
    }
  })

  test('a node that starts anew goes on with the key that is active', async () => {
    await using house = await TwoNodes.on(await openDatabase())
    await house.operator.rotateKey(RotateKey.parse({ reason }))
    await house.later(KEY_NOTICE_MS)
    house.nodes.push(await house.anotherNode())
    const [one, two, three] = await house.answers()
    expect([two?.keyId, three?.keyId]).toEqual([one?.keyId, one?.keyId])
  })
}
