import { createHash, randomBytes } from 'node:crypto'
import { Actor, type Clock, Denied, Role } from '@tidegate/protocol'
import { z } from 'zod'
import type { Caller } from '../caller.ts'
import { LEASE_TERM_BOUND_MS } from '../core/answer.ts'
import { GUARD_ACTOR } from '../ledger/judge.ts'
import { lockLedger, recordDecision } from '../ledger/ledger-row.ts'
import { realClock } from '../runtime/real-clock.ts'
import type { SqlDatabase } from '../sql.ts'

/** What a token stands for; the token itself is known to its holder alone. */
export interface StaffToken {
  /** Who its holder is in the record of decisions. */
  readonly name: Actor
  readonly roles: readonly Role[]
  readonly createdAtMs: number
  readonly createdBy: string
  /** Null: it does not expire by itself. */
  readonly expiresAtMs: number | null
  readonly revokedAtMs: number | null
  /** To the minute; null when it was never used. */
  readonly lastUsedAtMs: number | null
}

export interface TokenRequest {
  readonly name: Actor
  readonly roles: readonly Role[]
  /** After `nowMs`, or null for one that does not expire by itself. */
  readonly expiresAtMs: number | null
}

/** Tokens of people and services, kept in the ledger's database. One living token per name: one holder, one name. */
export interface TokenBook {
  /**
   * @returns the token, told this once
   * @throws Denied `conflict` when the name has a living token, or is one that decisions without a token carry
   */
  createToken(request: TokenRequest, by: Actor, nowMs: number): Promise<string>
  /** On this node at once, on every other within 250 ms. @throws Denied `not-found` when the name has no living token */
  revokeToken(name: Actor, reason: string, by: Actor, nowMs: number): Promise<void>
  /** All that ever were, the newest first. */
  listTokens(): Promise<readonly StaffToken[]>
  /**
   * Whose token it is, from memory when that is younger than 250 ms; null when it is unknown, expired or revoked.
   *
   * @throws Denied `unavailable` when the ledger was out of reach for a lease term: a token may have been revoked since
   */
  callerOf(token: string, nowMs: number): Promise<Caller | null>
}

/** 256 random bits behind a prefix that people and scanners of leaked secrets recognise. */
const TOKEN_FORM = /^tidegate_[\w-]{43}$/
const TOKEN_BYTES = 32
/** As often as a node reads the ledger: see `refreshMs` of the guard's settings. */
const REREAD_MS = 250
const NOTE_USE_MS = 60_000
/** Names of decisions that come without a token (the guard's own, `disable`'s, a server's first operator's); nobody may be given one of them. */
const TAKEN_NAMES: ReadonlySet<string> = new Set([GUARD_ACTOR, 'host-app', 'operator'])

const Row = z.object({
  token_sha256: z.string(),
  actor: Actor,
  roles: z.array(Role),
  created_at_ms: z.number(),
  created_by: z.string(),
  expires_at_ms: z.number().nullable(),
  revoked_at_ms: z.number().nullable(),
  last_used_at_ms: z.number().nullable(),
})

/** @param database an open ledger's; @param clock monotonic, default the process's */
export function tokenBook(database: SqlDatabase, clock: Clock = realClock): TokenBook {
  let living = new Map<string, StaffToken>()
  let readAtMs = Number.NEGATIVE_INFINITY
  let reading: Promise<void> | null = null
  let changeCount = 0

  const read = async () => {
    const beganAtMs = clock.nowMs()
    const beganFor = changeCount
    const rows = z
      .array(Row)
      .parse(await database.query('SELECT * FROM tidegate_ledger.token WHERE revoked_at_ms IS NULL'))
    // What was read before a change of our own is no news; whoever waits for it reads again.
    if (beganFor !== changeCount) return
    living = new Map(rows.map((row) => [row.token_sha256, tokenOf(row)]))
    readAtMs = beganAtMs
  }
  const catchUp = async () => {
    while (clock.nowMs() - readAtMs >= REREAD_MS) {
      reading ??= read().finally(() => {
        reading = null
      })
      try {
        await reading
      } catch (error) {
        if (clock.nowMs() - readAtMs < LEASE_TERM_BOUND_MS) return
        throw new Denied({ kind: 'unavailable', retryAfterMs: 1_000 }, { cause: error })
      }
    }
  }
  const forget = () => {
    changeCount += 1
    readAtMs = Number.NEGATIVE_INFINITY
  }

  return {
    async createToken({ name, roles, expiresAtMs }, by, nowMs) {
      if (TAKEN_NAMES.has(name))
        throw new Denied({
          kind: 'conflict',
          message: `Cannot create a token named ${name}: decisions without a token carry that name`,
        })
      const token = `tidegate_${randomBytes(TOKEN_BYTES).toString('base64url')}`
      await database.transaction(async (sql) => {
        await lockLedger(sql)
        const [taken] = await sql.query(
          'SELECT FROM tidegate_ledger.token WHERE actor = $1 AND revoked_at_ms IS NULL',
          [name],
        )
        if (taken)
          throw new Denied({
            kind: 'conflict',
            message: `Cannot create a token named ${name}: there is one; revoke it first`,
          })
        await sql.query(
          `INSERT INTO tidegate_ledger.token (token_sha256, actor, roles, created_at_ms, created_by, expires_at_ms)
           VALUES ($1, $2, $3, $4, $5, $6)`,
          [hashOf(token), name, roles, nowMs, by, expiresAtMs],
        )
        await recordDecision(sql, nowMs, [{ kind: 'token-created', actor: by, evidence: { name, roles, expiresAtMs } }])
      })
      forget()
      return token
    },
    async revokeToken(name, reason, by, nowMs) {
      await database.transaction(async (sql) => {
        await lockLedger(sql)
        const [row] = await sql.query<{ roles: Role[] }>(
          'UPDATE tidegate_ledger.token SET revoked_at_ms = $2 WHERE actor = $1 AND revoked_at_ms IS NULL RETURNING roles',
          [name, nowMs],
        )
        if (!row) throw new Denied({ kind: 'not-found', what: `a living token named ${name}` })
        await recordDecision(sql, nowMs, [
          { kind: 'token-revoked', actor: by, reason, evidence: { name, roles: row.roles } },
        ])
      })
      forget()
    },
    async listTokens() {
      const rows = await database.query('SELECT * FROM tidegate_ledger.token ORDER BY created_at_ms DESC, actor')
      return z.array(Row).parse(rows).map(tokenOf)
    },
    async callerOf(token, nowMs) {
      if (!TOKEN_FORM.test(token)) return null
      await catchUp()
      const sha256 = hashOf(token)
      // How long a look-up by hash takes says nothing: nobody can choose a token by its hash.
      const found = living.get(sha256)
      if (!found || (found.expiresAtMs !== null && nowMs >= found.expiresAtMs)) return null
      if (nowMs - (found.lastUsedAtMs ?? Number.NEGATIVE_INFINITY) >= NOTE_USE_MS) {
        living.set(sha256, { ...found, lastUsedAtMs: nowMs })
        // A note for people: its loss must not refuse a call.
        await database
          .query(
            'UPDATE tidegate_ledger.token SET last_used_at_ms = $2 WHERE token_sha256 = $1 AND coalesce(last_used_at_ms, 0) < $2',
            [sha256, nowMs],
          )
          .catch(() => undefined)
      }
      return { kind: 'staff', actor: found.name, roles: found.roles, isLimited: true }
    },
  }
}

/** A slow hash protects what people choose. Of 256 random bits nobody guesses any, however fast a guess is. */
function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

function tokenOf(row: z.infer<typeof Row>): StaffToken {
  return {
    name: row.actor,
    roles: row.roles,
    createdAtMs: row.created_at_ms,
    createdBy: row.created_by,
    expiresAtMs: row.expires_at_ms,
    revokedAtMs: row.revoked_at_ms,
    lastUsedAtMs: row.last_used_at_ms,
  }
}
