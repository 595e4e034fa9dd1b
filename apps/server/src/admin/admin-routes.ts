import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Guard } from '@tidegate/guard'
import type { SqlDatabase } from '@tidegate/guard/sql'
import { AccountId, Denied, type SignalStatus, StatusRequest } from '@tidegate/protocol'
import { z } from 'zod'
import type { Access } from '../access.ts'
import { OPERATOR } from '../http/identify.ts'
import { readBody, readJson, sendJson } from '../http/respond.ts'
import { findAccount } from '../mailbox/accounts.ts'
import type { ServerLog } from '../server-log.ts'
import { MigrationFailed } from './migration-statements.ts'
import { type MigrationResult, runMigration } from './run-migration.ts'

/** Largest migration file: text, with room for a generated list of a hundred thousand ids. */
const MAX_MIGRATION_BYTES = 8_000_000
const MAX_REQUEST_BYTES = 10_000

export interface AdminRoutes {
  readonly database: SqlDatabase
  readonly guard: Guard
  readonly access: Access
  readonly nowMs: () => number
  readonly log: ServerLog
}

/** What a signal became, as `POST /admin/migrate` tells it. */
type Told = Pick<
  SignalStatus,
  'signalId' | 'causeId' | 'state' | 'verdict' | 'audienceAccountCount' | 'inForceAccountCount'
>

/**
 * For operators, who were identified before: `POST /admin/migrate` with an SQL file as body, and `POST /admin/sessions`
 * with `{ accountId }`, which opens any account's session (support, tests, crowds).
 *
 * @returns false when the path is none of these
 */
export async function answerAdminRoute(
  routes: AdminRoutes,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<boolean> {
  switch (`${request.method} ${path}`) {
    case 'POST /admin/migrate':
      await answerMigration(routes, await readBody(request, MAX_MIGRATION_BYTES), response)
      return true
    case 'POST /admin/sessions': {
      const { accountId } = await readJson(request, z.object({ accountId: AccountId }), MAX_REQUEST_BYTES)
      if ((await findAccount(routes.database, accountId)) === null) {
        throw new Denied({ kind: 'not-found', what: `account ${accountId}` })
      }
      sendJson(response, 200, { session: routes.access.openSession(accountId, routes.nowMs()) })
      return true
    }
    default:
      return false
  }
}

/**
 * `200` when the migration was committed: what it proposed, how many signals that became, and of at most 1,000 of them
 * what became of each, those in force first; both are null when the guard could not say yet. `422` when it was not: why, and the line.
 */
async function answerMigration(routes: AdminRoutes, file: string, response: ServerResponse): Promise<void> {
  const before = await signalsOf(routes.guard)
  let result: MigrationResult
  try {
    result = await runMigration(routes.database, file)
  } catch (error) {
    if (!(error instanceof MigrationFailed)) throw error
    const { kind, message, line, sqlState } = error
    sendJson(response, 422, { committed: false, kind, message, line, sqlState })
    return
  }
  sendJson(response, 200, { committed: true, ...result, ...(await judgedSignals(routes, before)) })
}

/** From here on the migration is committed: whatever goes wrong, the caller must hear that. */
async function judgedSignals(
  { guard, log }: AdminRoutes,
  before: JudgedSignals,
): Promise<{ readonly signals: readonly Told[]; readonly signalCount: number } | { signals: null; signalCount: null }> {
  try {
    await guard.refresh()
    const after = await signalsOf(guard)
    const known = new Set(before.listed.map(({ signalId }) => signalId))
    return {
      signals: after.listed.filter(({ signalId }) => !known.has(signalId)),
      signalCount: after.signalCount - before.signalCount,
    }
  } catch (error) {
    log('migration.unread', { error })
    return { signals: null, signalCount: null }
  }
}

/** What the status lists, those in force for somebody first, and how many there are in all. */
interface JudgedSignals {
  readonly listed: readonly Told[]
  readonly signalCount: number
}

async function signalsOf(guard: Guard): Promise<JudgedSignals> {
  const { causes } = await guard.api(OPERATOR).status(StatusRequest.parse({}))
  const counts = causes.flatMap(({ totals }) => totals.map(({ signalCount }) => signalCount))
  const listed = causes.flatMap(({ signals }) =>
    signals.map(({ signalId, causeId, state, verdict, audienceAccountCount, inForceAccountCount }) => ({
      signalId,
      causeId,
      state,
      verdict,
      audienceAccountCount,
      inForceAccountCount,
    })),
  )
  return { listed, signalCount: counts.reduce((sum, count) => sum + count, 0) }
}
