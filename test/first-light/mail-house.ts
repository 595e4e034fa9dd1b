import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createTidegate, type Progress, type Tidegate, trpcGuardApi } from '@tidegate/client'
import { memoryCache } from '@tidegate/client/memory'
import {
  type Caller,
  createGuard,
  type Guard,
  installOutbox,
  openLedger,
  type Resources,
  setStateHeader,
  sqlCollectionSource,
  track,
} from '@tidegate/guard'
import { openPglite } from '@tidegate/guard/pglite'
import type { SqlDatabase } from '@tidegate/guard/sql'
import { preparedImage } from '@tidegate/guard/testing'
import { guardHttpHandler } from '@tidegate/guard/trpc'
import { AccountId, Actor, type CollectionSource, type GuardApi, ResourceId, Role } from '@tidegate/protocol'
import { accountOf, mailboxSql } from './mailbox.ts'

export interface MailHouseOptions {
  /** Accounts with a few mails each, spread over four resources. */
  readonly accountCount: number
  /** Of one mail's body, nearly. Default 500. */
  readonly bodyBytes?: number
  /** Of each resource. Default 50 MB/s: what a test draws never has to wait for. */
  readonly capacityBytesPerSecond?: number
}

/** A mail provider in one process: its database on disk, a guard beside it, both over real HTTP, and clients of its accounts. */
export class MailHouse implements AsyncDisposable {
  readonly database: SqlDatabase
  readonly guard: Guard
  readonly staff: GuardApi
  readonly traffic: Traffic
  readonly url: string
  readonly #closing: AsyncDisposableStack

  private constructor(
    parts: Pick<MailHouse, 'database' | 'guard' | 'traffic' | 'url'> & { closing: AsyncDisposableStack },
  ) {
    this.database = parts.database
    this.guard = parts.guard
    this.traffic = parts.traffic
    this.url = parts.url
    this.#closing = parts.closing
    this.staff = parts.guard.api({ kind: 'staff', actor: Actor.parse('olga'), roles: Role.options })
  }

  static async open(options: MailHouseOptions): Promise<MailHouse> {
    const { accountCount, bodyBytes = 500, capacityBytesPerSecond = 50_000_000 } = options
    const resources = fourShards(capacityBytesPerSecond)
    await using opening = new AsyncDisposableStack()
    const folder = await mkdtemp(path.join(tmpdir(), 'tidegate-first-light-'))
    opening.defer(() => rm(folder, { recursive: true, force: true }))
    const database = await openPglite(path.join(folder, 'data'), { image: await preparedImage() })
    opening.defer(() => database.close())

    await database.script(mailboxSql(accountCount, bodyBytes))
    await installOutbox(database)
    for (const collection of ['messages', 'bodies'] as const) await track(database, trackOptions(collection))
    const source = await sqlCollectionSource(database)
    const outboxes = [{ name: 'mailbox', database }]
    const ledger = await openLedger({ database, outboxes, resources, newId: () => crypto.randomUUID() })

    const traffic: Traffic = { payloadBytes: 0, calls: [] }
    const guard = opening.use(await createGuard({ ledger, resources, source: metered(source, traffic) }))
    guard.start()

    const handle = guardHttpHandler(guard, { identify: callerOf })
    const server = createServer((request, response) => {
      traffic.calls.push({ path: request.url ?? '', login: request.headers.authorization ?? '' })
      if (request.url?.startsWith('/tidegate/')) return void handle(request, response)
      const caller = callerOf(request)
      if (caller?.kind === 'client') setStateHeader(guard, caller.accountId, request, response)
      response.end('the app’s own answer')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    opening.defer(async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    })
    const address = server.address()
    if (typeof address !== 'object' || address === null) throw new Error('the server has no port')
    const url = `http://127.0.0.1:${address.port}`
    return new MailHouse({ database, guard, traffic, url, closing: opening.move() })
  }

  /** An app of that account, with an empty cache. */
  client(number: number): MailClient {
    return new MailClient(this, number)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#closing.disposeAsync()
  }
}

/** What went over the wire: payload bytes as the source gave them out, and every request. */
export interface Traffic {
  payloadBytes: number
  calls: { readonly path: string; readonly login: string }[]
}

/** One installation of the mail app: the real client over HTTP, its cache in memory. */
export class MailClient implements AsyncDisposable {
  readonly accountId: AccountId
  readonly cache = memoryCache()
  readonly tidegate: Tidegate
  readonly #url: string
  readonly #results: NonNullable<Progress['result']>[] = []

  constructor(house: MailHouse, number: number) {
    this.accountId = accountOf(number)
    this.#url = house.url
    const authorization = `client ${this.accountId}`
    this.tidegate = createTidegate({
      accountId: this.accountId,
      client: { clientId: `phone-of-${this.accountId}`, clientClass: 'mobile', appVersion: '5.0.38' },
      api: trpcGuardApi({ url: `${house.url}/tidegate`, headers: () => ({ authorization }) }),
      cache: this.cache,
      guardKeys: house.guard.publicKeys(),
      collections: ['messages', 'bodies'],
      fetch: (input, init) => {
        const headers = new Headers(init?.headers)
        headers.set('authorization', authorization)
        return fetch(input, { ...init, headers })
      },
    })
    this.tidegate.subscribe(({ result }) => {
      if (result && result.signalIds.length > 0 && this.#results.at(-1) !== result) this.#results.push(result)
    })
  }

  /** Starts and fills the empty cache. */
  async load(): Promise<void> {
    this.tidegate.start()
    await this.tidegate.firstLoad()
  }

  /** Ordinary use of the app: one request to its own server, whose answer may carry a tag. */
  async use(): Promise<void> {
    await this.tidegate.fetch(`${this.#url}/api/folders`)
  }

  /** Ends of what signals asked for, in order. */
  get results(): readonly NonNullable<Progress['result']>[] {
    return this.#results
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.tidegate.stop()
    await this.cache.close()
  }
}

function fourShards(capacityBytesPerSecond: number): Resources {
  const shards = [1, 2, 3, 4].map((number) => ResourceId.parse(`shard-${number}`))
  return {
    resources: shards.map((resourceId) => ({ resourceId, capacityBytesPerSecond })),
    resourceOf: (accountId) => shards[Number(accountId.slice('account-'.length)) % 4] ?? ResourceId.parse('nowhere'),
  }
}

/** The login of this house: `client <account>`; staff uses the guard in process. */
function callerOf({ headers }: IncomingMessage): Caller | null {
  const [kind, accountId] = headers.authorization?.split(' ') ?? []
  return kind === 'client' ? { kind, accountId: AccountId.parse(accountId) } : null
}

function metered(source: CollectionSource, traffic: Traffic): CollectionSource {
  return {
    ...source,
    async fetch(...given) {
      const answer = await source.fetch(...given)
      traffic.payloadBytes += answer.items.reduce((sum, item) => sum + item.payloadBytes, 0)
      return answer
    },
  }
}

function trackOptions(collection: 'messages' | 'bodies') {
  return {
    table: collection === 'messages' ? 'mailbox.message' : 'mailbox.body',
    collection,
    columns: {
      accountId: 'account_id',
      itemId: 'item_id',
      ordinal: 'ordinal',
      revision: 'revision',
      contentHash: 'content_hash',
      payloadBytes: 'payload_bytes',
      payload: 'payload',
    },
  }
}
