import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import type { LedgerKeys } from '../core/ledger.ts'
import type { Sql } from '../sql.ts'

interface KeysRow {
  readonly key_id: string
  readonly signing_key_base64: string
  readonly public_key_base64: string
  readonly tag_key_base64: string
}

/** An Ed25519 public key in SPKI is these many bytes of header and then the key (RFC 8410). */
const SPKI_HEADER_LENGTH = 12

/** @returns the ledger's keys, made when it has none yet; of several who make them at once, the first one's stay */
export async function openKeys(sql: Sql): Promise<LedgerKeys> {
  const stored = await readKeys(sql)
  if (stored) return stored
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const publicBytes = publicKey.export({ format: 'der', type: 'spki' }).subarray(SPKI_HEADER_LENGTH)
  await sql.query(
    `INSERT INTO tidegate_ledger.keys (key_id, signing_key_base64, public_key_base64, tag_key_base64)
     VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
    [
      createHash('sha256').update(publicBytes).digest('base64url').slice(0, 12),
      privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
      publicBytes.toString('base64'),
      randomBytes(32).toString('base64'),
    ],
  )
  const keys = await readKeys(sql)
  if (!keys) throw new Error('Cannot open the ledger: its keys could not be read back')
  return keys
}

async function readKeys(sql: Sql): Promise<LedgerKeys | null> {
  const [row] = await sql.query<KeysRow>('SELECT * FROM tidegate_ledger.keys')
  if (!row) return null
  return {
    keyId: row.key_id,
    signingKey: Buffer.from(row.signing_key_base64, 'base64'),
    publicKey: Buffer.from(row.public_key_base64, 'base64'),
    tagKey: Buffer.from(row.tag_key_base64, 'base64'),
  }
}
