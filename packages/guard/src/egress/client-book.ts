import { createHash } from 'node:crypto'
import { AccountId, AppVersion, ClientClass, type ClientIdentity } from '@tidegate/protocol'
import { z } from 'zod'
import type { EgressClient } from '../core/egress/event-stream.ts'

/** An old client as the guard knows it. */
export interface OldClient {
  readonly accountId: AccountId
  readonly client: ClientIdentity
}

/** Accounts whose clients are remembered, some 60 MB; the longest known is forgotten first and worked out once more. */
const REMEMBERED_ACCOUNTS = 100_000
/** Sessions remembered of one account: looked through one by one. */
const REMEMBERED_SESSIONS = 8

const SessionId = z.string().min(1).max(4096)

const DAY_MS = 86_400_000

/** With what the host said, field by field: its object may be a whole session, and is not kept. */
interface Known extends OldClient {
  readonly sessionId: string
  readonly clientClass: string | undefined
  readonly appVersion: string | undefined
  readonly day: number
}

/**
 * Turns what a host says of its old clients into identities of the guard's own. A session's id may be a secret, so a
 * client is named by a hash of account and session: the same on every node, for ever (C7).
 */
export class ClientBook {
  readonly #byAccount = new Map<string, readonly Known[]>()
  readonly #onSeen: (client: OldClient) => void

  /** @param onSeen told of each client at least once a day, and when its class or version changed: for the registry */
  constructor(onSeen: (client: OldClient) => void) {
    this.#onSeen = onSeen
  }

  /** @throws ZodError when the host names an account, a session, a class or a version that cannot be one */
  identify(said: EgressClient, nowMs: number): OldClient {
    const day = Math.floor(nowMs / DAY_MS)
    const sessions = this.#byAccount.get(said.accountId)
    if (sessions) for (const known of sessions) if (known.day === day && isAlike(known, said)) return known
    const { sessionId, clientClass, appVersion } = said
    const known = { ...identityOf(said), sessionId, clientClass, appVersion, day }
    this.#remember(known, sessions ?? [])
    this.#onSeen(known)
    return known
  }

  #remember(known: Known, sessions: readonly Known[]): void {
    const { accountId, sessionId } = known
    const others = sessions.filter((other) => other.sessionId !== sessionId)
    this.#byAccount.delete(accountId)
    this.#byAccount.set(accountId, [known, ...others].slice(0, REMEMBERED_SESSIONS))
    const oldest = this.#byAccount.size > REMEMBERED_ACCOUNTS ? this.#byAccount.keys().next() : undefined
    if (oldest && !oldest.done) this.#byAccount.delete(oldest.value)
  }
}

function isAlike(known: Known, said: EgressClient): boolean {
  return (
    known.sessionId === said.sessionId && known.clientClass === said.clientClass && known.appVersion === said.appVersion
  )
}

function identityOf({ accountId, sessionId, clientClass = 'unknown', appVersion = '0' }: EgressClient): OldClient {
  const account = AccountId.parse(accountId)
  const session = SessionId.parse(sessionId)
  const hash = createHash('sha256')
    .update(JSON.stringify([account, session]))
    .digest('base64url')
  return {
    accountId: account,
    client: {
      clientId: `old-${hash}` as ClientIdentity['clientId'], // 47 characters of base64url are an id
      clientClass: ClientClass.parse(clientClass),
      appVersion: AppVersion.parse(appVersion),
    },
  }
}
