import { createPublicKey, randomBytes, verify } from 'node:crypto'
import { trpcGuardApi } from '@tidegate/client'
import {
  AccountId,
  CLIENT_HEADER,
  ClientIdentity,
  formatClientHeader,
  InForceAnswer,
  Nonce,
  PROTOCOL_VERSION,
  STATE_HEADER,
  signedBytes,
} from '@tidegate/protocol'
import { inParallel } from './in-parallel.ts'
import { readSession, type Sessions } from './sessions.ts'

/** A client of the account that no registry has seen: what it is told depends on the account alone. */
export function clientOf(accountId: AccountId, name = 'crowd'): ClientIdentity {
  return ClientIdentity.parse({ clientId: `${accountId}-${name}`, clientClass: 'web', appVersion: '5.1.0' })
}

/** What one client of one account is told when it asks. */
export interface Told {
  readonly accountId: AccountId
  /** Of the ordinary response before; null when there was none. */
  readonly tag: string | null
  readonly answer: InForceAnswer
}

/** One client of every account makes its ordinary request. @returns the state tags that came, by account */
export async function readTags(url: string, sessions: Sessions): Promise<ReadonlyMap<AccountId, string>> {
  const tags = await inParallel([...sessions], async ([accountId, session]): Promise<[AccountId, string | null]> => {
    const headers = {
      authorization: `Bearer ${session}`,
      [CLIENT_HEADER]: formatClientHeader(clientOf(accountId)),
    }
    const response = await fetch(`${url}/api/folders`, { headers })
    if (!response.ok) throw new Error(`Cannot read the folders of ${accountId}: ${response.status}`)
    await response.arrayBuffer()
    return [accountId, response.headers.get(STATE_HEADER)]
  })
  return new Map(tags.flatMap(([accountId, tag]): [AccountId, string][] => (tag === null ? [] : [[accountId, tag]])))
}

/**
 * One client of every account makes its ordinary request and then asks what is in force for it, whether it was told to
 * look or not. Signatures are checked with Node's own Ed25519.
 */
export async function askEverybody(url: string, sessions: Sessions): Promise<readonly Told[]> {
  const tags = await readTags(url, sessions)
  const [first] = sessions.values()
  if (first === undefined) return []
  const { guardKeys } = await readSession(url, first)
  return inParallel([...sessions], async ([accountId, session]) => {
    const api = trpcGuardApi({ url: `${url}/tidegate`, headers: () => ({ authorization: `Bearer ${session}` }) })
    const client = clientOf(accountId)
    const nonce = Nonce.parse(randomBytes(16).toString('base64url'))
    const { keyId, payload, signature } = await api.inForce({
      protocol: PROTOCOL_VERSION,
      accountId,
      client,
      nonce,
      cachedBytes: 1_000_000,
    })
    const x = guardKeys.find((key) => key.keyId === keyId)?.publicKey ?? ''
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
    const bytes = signedBytes(payload, { accountId, clientId: client.clientId, nonce })
    if (!verify(null, bytes, key, Buffer.from(signature, 'base64url')))
      throw new Error(`The answer to ${accountId} is not signed by the guard`)
    return { accountId, tag: tags.get(accountId) ?? null, answer: InForceAnswer.parse(JSON.parse(payload)) }
  })
}

/** Accounts that some signal is in force for, by the cause's id. */
export function accountsByCause(told: readonly Told[]): ReadonlyMap<string, readonly AccountId[]> {
  const byCause = new Map<string, AccountId[]>()
  for (const { accountId, answer } of told) {
    for (const { cause } of answer.signals) {
      byCause.set(cause.causeId, [...(byCause.get(cause.causeId) ?? []), AccountId.parse(accountId)])
    }
  }
  return byCause
}
