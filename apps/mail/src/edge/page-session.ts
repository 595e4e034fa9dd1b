import { AccountId, Denial, describeDenial } from '@tidegate/protocol'
import { z } from 'zod'

/** What the server tells a page that is logged in: whose mailbox it is, and how to reach and recognise the guard. */
export const PageSession = z.object({
  accountId: AccountId,
  displayName: z.string(),
  address: z.string(),
  collections: z.array(z.string()).min(1),
  guard: z.object({
    endpoint: z.string(),
    publicKeys: z.array(z.object({ keyId: z.string(), publicKey: z.string() })).min(1),
  }),
})
export type PageSession = z.infer<typeof PageSession>

export const SESSION_PATH = '/api/session'

/** Nobody is logged in. */
export class SignedOut extends Error {
  override readonly name = 'SignedOut'
  constructor() {
    super('Cannot open the mailbox: nobody is logged in')
  }
}

/** The server did not answer, or said no, or said something that is not its answer. */
export class ServerUnreachable extends Error {
  override readonly name = 'ServerUnreachable'
}

/**
 * Hands a login token in the page's address over to the server, which answers with a session cookie and leads back here
 * without it, so that it stays in no history.
 *
 * @returns whether the page is about to be left
 */
export function redeemLoginToken(): boolean {
  const token = new URLSearchParams(location.search).get('token')
  if (token === null) return false
  location.replace(`/login?token=${encodeURIComponent(token)}`)
  return true
}

/** @throws SignedOut, ServerUnreachable */
export async function askForSession(): Promise<PageSession> {
  const response = await fetch(SESSION_PATH).catch((cause: unknown) => {
    throw new ServerUnreachable('The server does not answer', { cause })
  })
  if (response.status === 401) throw new SignedOut()
  const answer: unknown = await response.json().catch(() => null)
  const denial = Denial.safeParse(answer)
  if (!response.ok && denial.success) throw new ServerUnreachable(describeDenial(denial.data))
  const session = PageSession.safeParse(answer)
  if (!response.ok || !session.success) {
    throw new ServerUnreachable(`The server answered ${response.status} with something this page does not know`)
  }
  return session.data
}
