import { ClientId } from '@tidegate/protocol'
import { type DBSchema, openDB } from 'idb'
import { PageSession } from './page-session.ts'
import { randomUuid } from './random-uuid.ts'

interface Layout extends DBSchema {
  readonly kept: { readonly key: string; readonly value: unknown }
}

/** What this installation of the app keeps beside the cache: who it is, and whose mailbox it opened last. */
export interface Installation {
  /** Minted at the first start for an account, and then for ever the same: positions in the crowd depend on it (C7). */
  clientId(accountId: string): Promise<ClientId>
  /** The last session, so that the mailbox opens without a network too. */
  lastSession(): Promise<PageSession | null>
  keepSession(session: PageSession): Promise<void>
}

const STORE = 'kept'
const LAST_SESSION = 'last-session'

export async function openInstallation(): Promise<Installation> {
  const database = await openDB<Layout>('tidegate-mail', 1, {
    upgrade: (fresh) => {
      fresh.createObjectStore(STORE)
    },
  })
  return {
    async clientId(accountId) {
      const key = `client-id ${accountId}`
      // One transaction, so that two tabs at their first start agree; strict, so that a crash does not make another client of it.
      const transaction = database.transaction(STORE, 'readwrite', { durability: 'strict' })
      const kept = ClientId.safeParse(await transaction.store.get(key))
      const clientId = kept.success ? kept.data : ClientId.parse(randomUuid())
      if (!kept.success) await transaction.store.put(clientId, key)
      await transaction.done
      return clientId
    },
    async lastSession() {
      const kept = PageSession.safeParse(await database.get(STORE, LAST_SESSION))
      return kept.success ? kept.data : null
    },
    async keepSession(session) {
      await database.put(STORE, session, LAST_SESSION)
    },
  }
}
