import { AccountId } from '@tidegate/protocol'
import { z } from 'zod'
import { inParallel } from './in-parallel.ts'
import { OPERATOR_TOKEN, type ServerProcess } from './server-process.ts'

/** Logins by account. They outlive the server process and are good for a copy of its data directory, too. */
export type Sessions = ReadonlyMap<AccountId, string>

/** @returns the ids of the server's synthetic accounts, as it names them */
export function neighbourIds(accountCount: number): AccountId[] {
  return Array.from({ length: accountCount }, (_, at) =>
    AccountId.parse(`neighbour-${String(at + 1).padStart(5, '0')}`),
  )
}

/** Logs in as each of the accounts, by the operators' door for support and tests. */
export async function openSessions(url: string, accountIds: readonly AccountId[]): Promise<Sessions> {
  const sessions = await inParallel(accountIds, async (accountId): Promise<[AccountId, string]> => {
    const response = await fetch(`${url}/admin/sessions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${OPERATOR_TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({ accountId }),
    })
    if (!response.ok) throw new Error(`Cannot log in as ${accountId}: ${response.status} ${await response.text()}`)
    return [accountId, z.object({ session: z.string() }).parse(await response.json()).session]
  })
  return new Map(sessions)
}

const SessionAnswer = z.object({
  accountId: AccountId,
  guard: z.object({ publicKeys: z.array(z.object({ keyId: z.string(), publicKey: z.string() })) }),
})

/** What a page learns when it begins: whose mailbox it is, and which keys the guard signs with. */
export async function readSession(url: string, session: string) {
  const response = await fetch(`${url}/api/session`, { headers: { authorization: `Bearer ${session}` } })
  const { accountId, guard } = SessionAnswer.parse(await response.json())
  return { accountId, guardKeys: guard.publicKeys }
}

/** Logs in as the mailbox's owner, by the address that the server printed. */
export async function openOwnerSession(server: ServerProcess): Promise<{ accountId: AccountId; session: string }> {
  const login = await fetch(server.mailUrl, { redirect: 'manual' })
  const session = /^[^=]+=([^;]+)/.exec(login.headers.get('set-cookie') ?? '')?.[1]
  if (session === undefined) throw new Error(`Cannot log in as the owner: ${login.status}`)
  return { accountId: (await readSession(server.url, session)).accountId, session }
}
