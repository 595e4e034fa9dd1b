import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Sql } from '@tidegate/guard/sql'
import { AccountId } from '@tidegate/protocol'

/** Sessions of the mail page last a month: what a mail app's login usually does. */
const SESSION_TERM_MS = 30 * 86_400_000
const SECRET_BYTES = 32

/** Who may do what with this server. Every token is 256 bits or an HMAC under them; comparing them takes constant time. */
export interface Access {
  /** For the console, the CLI and `/admin`. */
  readonly operatorToken: string
  /** What the mail page's printed address carries: whoever has it may log in to the owner's account. */
  readonly loginToken: string
  isOperator(token: string): boolean
  isLogin(token: string): boolean
  /** Whether it opens `/metrics`, and nothing else. */
  isMetrics(token: string): boolean
  /** @returns a session for an account, to be sent as cookie or bearer token */
  openSession(accountId: AccountId, nowMs: number): string
  /** @returns the session's account; null when it is forged, changed or over */
  accountOf(session: string, nowMs: number): AccountId | null
}

/**
 * @param secret kept with the mailbox, so that tokens and sessions outlive a restart and open every instance on one store
 * @param operatorToken one that the person who starts chose; null to derive one
 * @param metricsToken one for `/metrics` alone; null for none
 */
export function createAccess(
  secret: Uint8Array,
  operatorToken: string | null,
  metricsToken: string | null = null,
): Access {
  const mac = (text: string) => createHmac('sha256', secret).update(text).digest('base64url')
  // Compared as HMACs: they are of one length, so the comparison says nothing about the token.
  const isSame = (left: string, right: string) => timingSafeEqual(Buffer.from(mac(left)), Buffer.from(mac(right)))
  const operator = operatorToken ?? mac('operator')
  const login = mac('login')
  return {
    operatorToken: operator,
    loginToken: login,
    isOperator: (token) => isSame(token, operator),
    isLogin: (token) => isSame(token, login),
    isMetrics: (token) => metricsToken !== null && isSame(token, metricsToken),
    openSession(accountId, nowMs) {
      const claim = `${Buffer.from(accountId).toString('base64url')}.${nowMs + SESSION_TERM_MS}`
      return `${claim}.${mac(`session ${claim}`)}`
    },
    accountOf(session, nowMs) {
      const [account, endsAtMs, signature, ...rest] = session.split('.')
      if (account === undefined || endsAtMs === undefined || signature === undefined || rest.length > 0) return null
      if (!isSame(signature, mac(`session ${account}.${endsAtMs}`)) || !(nowMs < Number(endsAtMs))) return null
      return AccountId.parse(Buffer.from(account, 'base64url').toString())
    },
  }
}

/**
 * Reads the secret that is kept with the mailbox, or makes it; of several who make it at once, the first one's stays.
 *
 * @returns `isNew` when it was made here: nobody was ever started on this store before
 */
export async function readSecret(sql: Sql): Promise<{ readonly secret: Uint8Array; readonly isNew: boolean }> {
  await sql.script(`
    CREATE SCHEMA IF NOT EXISTS server;
    CREATE TABLE IF NOT EXISTS server.secret (is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only), base64 text NOT NULL);
  `)
  const made = await sql.query(
    'INSERT INTO server.secret (base64) VALUES ($1) ON CONFLICT DO NOTHING RETURNING base64',
    [randomBytes(SECRET_BYTES).toString('base64')],
  )
  const [row] = await sql.query<{ base64: string }>('SELECT base64 FROM server.secret')
  if (!row) throw new Error('Cannot start: the secret under the tokens could not be read back')
  return { secret: Buffer.from(row.base64, 'base64'), isNew: made.length > 0 }
}
