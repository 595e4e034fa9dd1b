import { randomUUID } from 'node:crypto'
import type { RequestListener, Server } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  createGuard,
  type GuardLog,
  installOutbox,
  type Ledger,
  openLedger,
  sqlCollectionSource,
  tokenBook,
  track,
} from '@tidegate/guard'
import type { SqlDatabase } from '@tidegate/guard/sql'
import { guardHttpHandler } from '@tidegate/guard/trpc'
import { createAccess, readSecret } from './access.ts'
import type { Banner } from './banner.ts'
import { fillMailbox } from './fill-mailbox.ts'
import { answerStarting } from './http/health-routes.ts'
import { closeServer, listen } from './http/http-server.ts'
import { identify, OPERATOR_ACTOR } from './http/identify.ts'
import { createMetrics } from './http/metrics.ts'
import { pageHandler } from './http/pages.ts'
import { createRequestHandler, GUARD_PATH, SERVICE } from './http/request-handler.ts'
import type { ImportSummary } from './import/import-mailbox.ts'
import { readMailbox } from './import/read-mailbox.ts'
import { readResources } from './mailbox/account-map.ts'
import { BODIES, MESSAGES } from './mailbox/collections.ts'
import { createMailboxService } from './mailbox/mailbox-service.ts'
import { MAILBOX_SCHEMA } from './mailbox/schema.ts'
import { openStore } from './open-store.ts'
import type { ServerOptions } from './options.ts'
import { ownerOf } from './owner.ts'
import { ensureNeighbours, neighbourSightings } from './seed/neighbours.ts'
import { serverLog } from './server-log.ts'

/** Sightings per write: a few hundred kilobytes of parameters. */
const SIGHTINGS_PER_WRITE = 1_000

export interface RunningServer {
  readonly url: string
  readonly banner: Banner
  /** Null when the mailbox is the seeded one. */
  readonly imported: ImportSummary | null
  /** Answers no more, and lets the store go. */
  close(): Promise<void>
}

/** What the server needs of the process that it runs in. */
export interface ServerEdges {
  /** Milliseconds since 1970. */
  readonly nowMs: () => number
  /** Told of what has no caller, by the guard and by the server itself. */
  readonly log: GuardLog
  /** Told during an import how many mails the mailbox holds by now. */
  readonly onProgress: (doneCount: number) => void
}

/**
 * Opens the store, fills the mailbox, and serves guard, mailbox and pages on one port.
 *
 * @throws StartError, NotAMailbox or DataDirectoryInUse for what the person who typed the command can mend
 */
export async function startServer(
  options: ServerOptions,
  { nowMs, log, onProgress }: ServerEdges,
): Promise<RunningServer> {
  const mails = options.mailboxPath === null ? null : await readMailbox(options.mailboxPath)
  const owner = ownerOf(options.mailboxPath)
  const onServer = serverLog(log, options.logIds)
  const store = await openStore(options, (error) => onServer('store.connection-lost', { error }))
  const { database } = store
  let handle: RequestListener = answerStarting
  let server: Server | null = null
  try {
    // Listening first: an import takes minutes, and whatever runs this process has to see that it lives.
    const listening = await listen((request, response) => handle(request, response), options)
    server = listening.server
    const { secret, imported, capacity } = await store.inTurn(async () => {
      const { secret, isNew } = await readSecret(database)
      const capacity = await store.openCapacity(isNew)
      await prepareMailbox(database)
      const imported = await fillMailbox(database, { owner, mails, nowMs: nowMs(), onProgress })
      await ensureNeighbours(database, { ...options, newestAtMs: nowMs() })
      return { secret, imported, capacity }
    })
    const access = createAccess(secret, options.operatorToken, options.metricsToken)
    const resources = await readResources(database, options.resourceCount)
    const ledger = await openLedger({
      database,
      outboxes: [{ name: 'mailbox', database }],
      resources,
      newId: randomUUID,
      rules: { severities: options.ruleSeverities },
      // Whoever has the first token makes tokens for others, an approver's included: to keep it from approving keeps out nobody.
      ownApprovers: [OPERATOR_ACTOR],
      ...(options.acceptBrokenChain !== null && {
        acceptBrokenChain: { by: OPERATOR_ACTOR, reason: options.acceptBrokenChain, nowMs: nowMs() },
      }),
    })
    const tokens = tokenBook(database)
    await recordNeighbours(ledger, options.accountCount, nowMs())
    const metrics = createMetrics()
    const guard = await createGuard({
      ledger,
      source: await sqlCollectionSource(database),
      resources,
      log,
      logIds: options.logIds,
      ...(capacity && options.node && { fleet: { store: capacity, ...options.node } }),
      telemetry: metrics.telemetry,
      service: SERVICE,
    })
    handle = createRequestHandler({
      database,
      guard,
      guardCalls: guardHttpHandler(guard, {
        identify: (request) => identify(request, { access, tokens }, nowMs()),
        basePath: GUARD_PATH,
      }),
      service: createMailboxService(database),
      access,
      metrics,
      tokens,
      owner,
      pages: { mail: pageHandler('mail', builtPage('mail')), console: pageHandler('console', builtPage('console')) },
      nowMs,
      log: onServer,
    })
    guard.start()
    const url = `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${listening.port}`
    return {
      url,
      imported,
      banner: {
        mailUrl: `${url}/login?token=${access.loginToken}`,
        // A fragment stays in the browser; a query would be sent, and logged on the way.
        consoleUrl: `${url}/console/${options.operatorToken === null ? `#token=${access.operatorToken}` : ''}`,
        operatorToken: options.operatorToken === null ? access.operatorToken : null,
        store: store.place,
        mailbox: {
          ...(await mailboxSize(database, owner.accountId)),
          source: options.mailboxPath === null ? 'seeded' : `from ${options.mailboxPath}`,
        },
        neighbourCount: options.accountCount,
        resourceCount: resources.resources.length,
        capacityBytesPerSecond: resources.resources[0]?.capacityBytesPerSecond ?? 0,
      },
      async close() {
        await closeServer(listening.server)
        await guard[Symbol.asyncDispose]()
        await store.close()
      },
    }
  } catch (error) {
    if (server) await closeServer(server)
    await store.close()
    throw error
  }
}

/** Tables, outbox and tracking, each safe to install again. Tracking comes before the first row, so it misses none. */
async function prepareMailbox(database: SqlDatabase): Promise<void> {
  await database.script(MAILBOX_SCHEMA)
  await installOutbox(database)
  const columns = {
    accountId: 'account_id',
    itemId: 'item_id',
    ordinal: 'ordinal',
    revision: 'revision',
    contentHash: 'content_hash',
    payloadBytes: 'payload_bytes',
    payload: 'payload',
  }
  await track(database, { table: 'mailbox.message', collection: MESSAGES, columns })
  await track(database, { table: 'mailbox.body', collection: BODIES, columns })
}

async function recordNeighbours(ledger: Ledger, accountCount: number, nowMs: number): Promise<void> {
  const sightings = neighbourSightings(accountCount)
  for (let from = 0; from < sightings.length; from += SIGHTINGS_PER_WRITE) {
    await ledger.recordSightings(sightings.slice(from, from + SIGHTINGS_PER_WRITE), nowMs)
  }
}

async function mailboxSize(
  database: SqlDatabase,
  accountId: string,
): Promise<{ messageCount: number; payloadBytes: number }> {
  const [size] = await database.query<{ messageCount: number; payloadBytes: number }>(
    `SELECT count(*) AS "messageCount", (coalesce(sum(message.payload_bytes + body.payload_bytes), 0))::bigint AS "payloadBytes"
     FROM mailbox.message LEFT JOIN mailbox.body ON body.account_id = message.account_id AND body.item_id = body_id
     WHERE message.account_id = $1`,
    [accountId],
  )
  return size ?? { messageCount: 0, payloadBytes: 0 }
}

/** Pages are built beside this app: dist/main.js and src/start-server.ts are equally deep. */
function builtPage(app: string): string {
  return join(fileURLToPath(import.meta.url), '../../..', app, 'dist')
}
