import { type Cache, createTidegate, sseHints, type Tidegate, trpcGuardApi } from '@tidegate/client'
import { openIdbCache } from '@tidegate/client/idb'
import { version } from '../../package.json'
import type { PageOptions } from '../core/page-options.ts'
import { type ConsentDesk, createConsentDesk } from './consent-desk.ts'
import { type DraftStore, openDraftStore } from './draft-store.ts'
import { openInstallation } from './installation.ts'
import { type MailSync, startMailSync } from './mail-sync.ts'
import { createMailboxApi, type MailboxApi } from './mailbox-api.ts'
import { type MailboxStore, openMailboxStore } from './mailbox-store.ts'
import { networkOfCost } from './page-network.ts'
import { askForSession, type PageSession, ServerUnreachable } from './page-session.ts'

/** Everything an open mailbox works with. */
export interface MailSession {
  readonly address: string
  readonly collections: readonly string[]
  readonly cache: Cache
  readonly tidegate: Tidegate
  readonly store: MailboxStore
  readonly drafts: DraftStore
  readonly api: MailboxApi
  readonly sync: MailSync
  readonly consent: ConsentDesk
}

/**
 * Opens the mailbox: the cache first, which needs no network once there was a session, then the client that keeps it true.
 *
 * @throws SignedOut, ServerUnreachable at the first visit; CacheError when the browser refuses the cache
 */
export async function openMailSession(options: PageOptions): Promise<MailSession> {
  const installation = await openInstallation()
  const session = await askForSession().catch(async (error: unknown): Promise<PageSession> => {
    const last = error instanceof ServerUnreachable ? await installation.lastSession() : null
    if (last === null) throw error
    return last
  })
  await installation.keepSession(session)
  const cache = await openIdbCache({ name: session.accountId })
  const consent = createConsentDesk()
  const tidegate = createTidegate({
    accountId: session.accountId,
    client: { clientId: await installation.clientId(session.accountId), clientClass: 'web', appVersion: version },
    api: trpcGuardApi({ url: session.guard.endpoint }),
    hints: sseHints({ url: `${session.guard.endpoint}/hints` }),
    cache,
    guardKeys: session.guard.publicKeys,
    collections: session.collections,
    fetch: fetchFor(session.accountId),
    consent: consent.handler,
    ...(options.asksAlways && { budget: { unmeteredBytes: 0, meteredBytes: 0 } }),
    ...(options.network !== null && { network: networkOfCost(options.network) }),
    ...(options.maxBytesPerSecond !== null && { maxBytesPerSecond: options.maxBytesPerSecond }),
  })
  tidegate.start()
  return {
    address: session.address,
    collections: session.collections,
    cache,
    tidegate,
    store: openMailboxStore(cache),
    drafts: openDraftStore(cache, {
      tabs: typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(`tidegate-mail:${session.accountId}`),
      onError: (error) => console.error('Cannot keep the draft', error),
    }),
    api: createMailboxApi(tidegate.fetch),
    sync: startMailSync({ tidegate, cache, collections: session.collections }),
    consent,
  }
}

/** Requests that say whose mailbox they mean: the login is shared by all tabs, and another one may have changed it. */
function fetchFor(accountId: string): typeof globalThis.fetch {
  return (input, init) => {
    const headers = new Headers(init?.headers)
    headers.set('Mail-Account', encodeURIComponent(accountId))
    return fetch(input, { ...init, headers })
  }
}
