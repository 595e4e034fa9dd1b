import { createHash, createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import {
  type Actor,
  Denied,
  endorsementBytes,
  KEY_NOTICE_MS,
  KeyEndorsement,
  KeyId,
  type KeyRevocation,
  type RevokeKey,
  type RotateKey,
  revocationBytes,
} from '@tidegate/protocol'
import type { LedgerEvent } from '../core/ledger-event.ts'
import { activeKey, announcedKey, keyState, retirableKeys, type StoredKey } from '../core/signing-keys.ts'
import type { Sql } from '../sql.ts'
import { GUARD_ACTOR } from './judge.ts'
import type { LedgerContext } from './ledger-context.ts'
import { lockLedger, recordDecision } from './ledger-row.ts'

/** An Ed25519 public key in SPKI is these many bytes of header and then the key (RFC 8410). */
const SPKI_HEADER_LENGTH = 12

interface KeyRow {
  readonly key_id: string
  readonly public_key_base64: string
  readonly signing_key_base64: string | null
  readonly announced_at_ms: number
  readonly activates_at_ms: number
  readonly endorsement: unknown
  readonly revocation_signature: string | null
  readonly revoked_at_ms: number | null
}

/**
 * Makes a ledger's keys when it has none yet; of several who make them at once, the first one's stay.
 *
 * @returns the HMAC key of state tags, 32 bytes, which is never another
 */
export async function openKeys(sql: Sql): Promise<Uint8Array> {
  await lockLedger(sql)
  if ((await readKeys(sql)).length === 0) await insertKey(sql, { endorsedBy: null, announcedAtMs: 0, activatesAtMs: 0 })
  await sql.query('INSERT INTO tidegate_ledger.keys (tag_key_base64) VALUES ($1) ON CONFLICT DO NOTHING', [
    randomBytes(32).toString('base64'),
  ])
  const [row] = await sql.query<{ tag_key_base64: string }>('SELECT tag_key_base64 FROM tidegate_ledger.keys')
  if (!row) throw new Error('Cannot open the ledger: the key of its state tags could not be read back')
  return Buffer.from(row.tag_key_base64, 'base64')
}

/** @returns every key there ever was, oldest first */
export async function readKeys(sql: Sql): Promise<StoredKey[]> {
  return (await sql.query<KeyRow>('SELECT * FROM tidegate_ledger.signing_key ORDER BY key_no')).map(storedKey)
}

/** Announces a new key, in the active one's word. @throws Denied `conflict` while one is announced already */
export function rotateKey(
  context: LedgerContext,
  { activateInMs, reason }: RotateKey,
  by: Actor,
  nowMs: number,
): Promise<readonly StoredKey[]> {
  return decideOnKeys(context, async (sql, keys) => {
    const next = announcedKey(keys, nowMs)
    if (next) {
      throw new Denied({
        kind: 'conflict',
        message: `Cannot rotate the signing key: ${next.keyId} is announced already`,
      })
    }
    const active = activeKey(keys, nowMs)
    const endorsedBy = active.isRevoked ? null : active
    const announced = await insertKey(sql, { endorsedBy, announcedAtMs: nowMs, activatesAtMs: nowMs + activateInMs })
    await recordDecision(sql, nowMs, [announcedEvent(announced, by, reason)])
  })
}

/**
 * Writes down that a key was stolen. Clients are told so from then on. When nothing else is there to sign, the announced
 * key takes over as soon as every node can know it, or a new one is made, which the stolen one may not vouch for.
 */
export function revokeKey(
  context: LedgerContext,
  { keyId, reason }: RevokeKey,
  by: Actor,
  nowMs: number,
): Promise<readonly StoredKey[]> {
  return decideOnKeys(context, async (sql, keys) => {
    const key = keys.find((each) => each.keyId === keyId)
    if (!key) throw new Denied({ kind: 'not-found', what: `signing key ${keyId}` })
    if (key.isRevoked) return
    const stateBefore = keyState(key, keys, nowMs)
    await sql.query(
      'UPDATE tidegate_ledger.signing_key SET revoked_at_ms = $2, revocation_signature = $3 WHERE key_id = $1',
      [keyId, nowMs, revocationOf(key).signature],
    )
    const events: LedgerEvent[] = [{ kind: 'signing-key-revoked', actor: by, reason, evidence: { keyId, stateBefore } }]
    if (stateBefore === 'active') events.push(...(await succeed(sql, await readKeys(sql), by, reason, nowMs)))
    await recordDecision(sql, nowMs, events)
  })
}

/** @returns the keys as they are after a decision that saw them under the ledger's lock */
function decideOnKeys(
  { database }: LedgerContext,
  decide: (sql: Sql, keys: readonly StoredKey[]) => Promise<void>,
): Promise<readonly StoredKey[]> {
  return database.transaction(async (sql) => {
    await lockLedger(sql)
    await decide(sql, await readKeys(sql))
    return readKeys(sql)
  })
}

/** Erases private parts that nobody needs any longer: what was erased cannot be stolen. */
export function retireKeys(context: LedgerContext, nowMs: number): Promise<void> {
  return context.database.transaction(async (sql) => {
    await lockLedger(sql)
    const retired = retirableKeys(await readKeys(sql), nowMs)
    if (retired.length === 0) return
    for (const key of retired) {
      await sql.query(
        `UPDATE tidegate_ledger.signing_key SET signing_key_base64 = NULL, revocation_signature = $2 WHERE key_id = $1`,
        [key.keyId, revocationOf(key).signature],
      )
    }
    const events = retired.map(
      ({ keyId }): LedgerEvent => ({ kind: 'signing-key-retired', actor: GUARD_ACTOR, evidence: { keyId } }),
    )
    await recordDecision(sql, nowMs, events)
  })
}

/** Who signs instead of a stolen key. A former key does at once, if it is still there; its word counts everywhere. */
async function succeed(
  sql: Sql,
  keys: readonly StoredKey[],
  by: Actor,
  reason: string,
  nowMs: number,
): Promise<readonly LedgerEvent[]> {
  const next = announcedKey(keys, nowMs)
  if (next) {
    const activatesAtMs = Math.max(nowMs, next.announcedAtMs + KEY_NOTICE_MS)
    await sql.query('UPDATE tidegate_ledger.signing_key SET activates_at_ms = $2 WHERE key_id = $1', [
      next.keyId,
      activatesAtMs,
    ])
    return [{ kind: 'signing-key-announced', actor: by, reason, evidence: evidenceOf({ ...next, activatesAtMs }) }]
  }
  if (!activeKey(keys, nowMs).isRevoked) return []
  const activatesAtMs = nowMs + KEY_NOTICE_MS
  return [announcedEvent(await insertKey(sql, { endorsedBy: null, announcedAtMs: nowMs, activatesAtMs }), by, reason)]
}

interface NewKey {
  readonly endorsedBy: StoredKey | null
  readonly announcedAtMs: number
  readonly activatesAtMs: number
}

async function insertKey(sql: Sql, { endorsedBy, announcedAtMs, activatesAtMs }: NewKey): Promise<StoredKey> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const publicBytes = publicKey.export({ format: 'der', type: 'spki' }).subarray(SPKI_HEADER_LENGTH)
  const keyId = KeyId.parse(createHash('sha256').update(publicBytes).digest('base64url').slice(0, 12))
  const signingKey = privateKey.export({ format: 'der', type: 'pkcs8' })
  const key = { keyId, publicKey: publicBytes.toString('base64url'), announcedAtMs, activatesAtMs }
  const endorsement = endorsedBy && endorsementOf(key, endorsedBy)
  await sql.query(
    `INSERT INTO tidegate_ledger.signing_key
       (key_id, public_key_base64, signing_key_base64, announced_at_ms, activates_at_ms, endorsement)
     VALUES ($1, $2, $3, $4, $5, $6::text::jsonb)`,
    [
      keyId,
      publicBytes.toString('base64'),
      signingKey.toString('base64'),
      announcedAtMs,
      activatesAtMs,
      endorsement && JSON.stringify(endorsement),
    ],
  )
  return { ...key, signingKey, endorsement, revocation: null, isRevoked: false }
}

function endorsementOf(
  key: Pick<StoredKey, 'keyId' | 'publicKey' | 'announcedAtMs' | 'activatesAtMs'>,
  endorsedBy: StoredKey,
): KeyEndorsement {
  const said = { ...key, endorsedBy: endorsedBy.keyId }
  return { ...said, signature: signedWith(endorsedBy, endorsementBytes(said)) }
}

function revocationOf(key: StoredKey): KeyRevocation {
  const { keyId, revocation } = key
  return revocation ?? { keyId, signature: signedWith(key, revocationBytes(keyId)) }
}

function signedWith({ keyId, signingKey }: StoredKey, bytes: Uint8Array): string {
  if (signingKey === null) throw new Error(`Cannot sign with key ${keyId}: its private part was erased`)
  const key = createPrivateKey({ key: Buffer.from(signingKey), format: 'der', type: 'pkcs8' })
  return sign(null, bytes, key).toString('base64url')
}

function announcedEvent(key: StoredKey, by: Actor, reason: string): LedgerEvent {
  return { kind: 'signing-key-announced', actor: by, reason, evidence: evidenceOf(key) }
}

/** The public half, and no more: events are read by many and kept for long. */
function evidenceOf({ keyId, publicKey, endorsement, activatesAtMs }: StoredKey) {
  return { keyId, publicKey, endorsedBy: endorsement?.endorsedBy ?? null, activatesAtMs }
}

function storedKey(row: KeyRow): StoredKey {
  const keyId = KeyId.parse(row.key_id)
  return {
    keyId,
    publicKey: Buffer.from(row.public_key_base64, 'base64').toString('base64url'),
    signingKey: row.signing_key_base64 === null ? null : Buffer.from(row.signing_key_base64, 'base64'),
    announcedAtMs: row.announced_at_ms,
    activatesAtMs: row.activates_at_ms,
    endorsement: row.endorsement === null ? null : KeyEndorsement.parse(row.endorsement),
    revocation: row.revocation_signature === null ? null : { keyId, signature: row.revocation_signature },
    isRevoked: row.revoked_at_ms !== null,
  }
}
