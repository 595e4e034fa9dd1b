import { createHash } from 'node:crypto'
import { AccountId, AppVersion, ClientClass, type ClientIdentity } from '@tidegate/protocol'
import { z } from 'zod'
import type { EgressClient } from '../core/egress/event-stream.ts'

/** An old client as the guard knows it. */
export interface OldClient {
  readonly accountId: AccountId
  readonly client: ClientIdentity
}

/** Clients remembered, some 40 MB; the longest known is forgotten first and worked out once more. */
const REMEMBERED = 100_000

const SessionId = z.string().min(1).max(4096)

const DAY_MS = 86_400_000

interface Known extends OldClient {
  readonly said: EgressClient
  readonly day: number
}

/**
 * Turns what a host says of its old clients into identities of the guard's own. A session's id may be a secret, so a
 * client is named by a hash of account and session: the same on every node, for ever (C7).
 */
export class ClientBook {
  readonly #known = new Map<string, Known>()
  readonly #onSeen: (client: OldClient) => void

  /** @param onSeen told of each client at least once a day, and when its class or version changed: for the registry */
  constructor(onSeen: (client: OldClient) => void) {
    this.#onSeen = onSeen
  }

  /** @throws ZodError when the host names an account, a session, a class or a version that cannot be one */
  identify(said: EgressClient, nowMs: number): OldClient {
    const key = `${said.accountId}\n${said.sessionId}`
    const known = this.#known.get(key)
    const day = Math.floor(nowMs / DAY_MS)
    if (known?.day === day && isAlike(known.said, said)) return known
    const made = identityOf(said)
    this.#known.delete(key)
    this.#known.set(key, { ...made, said, day })
    const oldest = this.#known.size > REMEMBERED ? this.#known.keys().next() : undefined
    if (oldest && !oldest.done) this.#known.delete(oldest.value)
    this.#onSeen(made)
    return made
  }
}

function isAlike(left: EgressClient, right: EgressClient): boolean {
  return left.clientClass === right.clientClass && left.appVersion === right.appVersion
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
