import {
  CauseId,
  CLIENT_HEADER,
  CollectionName,
  IdempotencyKey,
  PROTOCOL_VERSION,
  parseClientHeader,
  position,
  type SignalId,
  type SignalStatus,
} from '@tidegate/protocol'
import type { Page } from 'playwright-core'
import { eventually } from './eventually.ts'
import { fetchesOf } from './guard-calls.ts'
import { type MailLives, tabOf } from './mail-lives.ts'

const CAUSE = CauseId.parse('bodies-2023-09')
const DAY_MS = 86_400_000

/** A reset of the owner's bodies, some of which the device has lost. */
export interface MailReset {
  readonly signalId: SignalId
  /** What differs: the lost items, and their payload bytes as the server counts them. */
  readonly lost: { readonly ids: readonly string[]; readonly bytes: number }
  /** How many requests the tap had seen before. */
  readonly fromSeen: number
}

/**
 * The device loses bodies without a trace, as by a bug in an app's storage, and the operators ask it to verify.
 *
 * @param options.isLost says of each body held whether it gets lost
 * @param options.turnInMs when the device's turn to fetch comes, counted from the approval; 0 for at once
 */
export async function resetBodies(
  lives: MailLives,
  page: Page,
  options: { readonly isLost: (body: { readonly payloadBytes: number }) => boolean; readonly turnInMs?: number },
): Promise<MailReset> {
  const { accountId } = lives.owner
  const held = await page.evaluate(
    async (id) =>
      (await mailObserver.list(id, 'bodies')).map((body) => ({ id: body.id, payloadBytes: body.payloadBytes })),
    accountId,
  )
  const lost = held.filter(options.isLost)
  const ids = lost.map(({ id }) => id)
  await page.evaluate(([account, lostIds]) => mailObserver.lose(account, 'bodies', lostIds), [accountId, ids] as const)
  const fromSeen = lives.tap.seen.length
  const signalId = await askToVerify(lives, options.turnInMs ?? 0)
  return { signalId, lost: { ids, bytes: lost.reduce((sum, body) => sum + body.payloadBytes, 0) }, fromSeen }
}

export async function signalStatus(lives: MailLives, signalId: SignalId): Promise<SignalStatus | null> {
  const { causes } = await lives.operator.status.query({})
  return causes.flatMap(({ signals }) => signals).find((signal) => signal.signalId === signalId) ?? null
}

/** Waits until the device has told the guard how the reset ended. */
export async function untilReported(lives: MailLives, { signalId }: MailReset): Promise<SignalStatus['reports']> {
  return eventually(`the end of ${signalId} to be reported`, async () => {
    const reports = (await signalStatus(lives, signalId))?.reports
    return reports !== undefined && Object.entries(reports).some(([outcome, count]) => outcome !== 'begun' && count > 0)
      ? reports
      : null
  })
}

/** What was drawn for a reset so far, life by life, page by page in the order asked. */
export function pagesByLife(
  lives: MailLives,
  { fromSeen }: MailReset,
): readonly (readonly { readonly ids: readonly string[]; readonly bytes: number }[])[] {
  const byLife = new Map<string, { ids: readonly string[]; bytes: number; askedAtMs: number }[]>()
  for (const { answer, seen } of fetchesOf(lives.tap.seen.slice(fromSeen))) {
    const [life = ''] = tabOf(seen).split(' tab')
    const page = {
      ids: answer.items.map(({ id }) => id),
      bytes: answer.items.reduce((sum, { payloadBytes }) => sum + payloadBytes, 0),
      askedAtMs: seen.askedAtMs,
    }
    byLife.set(life, [...(byLife.get(life) ?? []), page])
  }
  return [...byLife.values()].map((pages) => pages.sort((left, right) => left.askedAtMs - right.askedAtMs))
}

async function askToVerify(lives: MailLives, turnInMs: number): Promise<SignalId> {
  const { operator, owner, tap } = lives
  await operator.registerCause.mutate({
    causeId: CAUSE,
    kind: 'migration',
    title: 'Move bodies',
    owner: 'mail-storage',
  })
  const { signalId } = await operator.propose.mutate({
    protocol: PROTOCOL_VERSION,
    idempotencyKey: IdempotencyKey.parse(crypto.randomUUID()),
    causeId: CAUSE,
    action: 'verify',
    scope: { kind: 'collections', collections: [{ collection: CollectionName.parse('bodies') }] },
    audience: { accounts: { kind: 'named', accountIds: [owner.accountId] } },
    reason: 'Bodies may have been lost',
    expiresInMs: 7 * DAY_MS,
  })
  const judged = await eventually('a verdict', () => signalStatus(lives, signalId))
  // The first one of a day is within the cause's credit; the next ones are held, because they repeat it.
  if (judged.inForceAccountCount > 0) {
    if (turnInMs > 0) throw new Error('Cannot give the device a turn: the signal is out already')
    return signalId
  }
  const header = tap.seen.findLast(({ requestHeaders }) => requestHeaders[CLIENT_HEADER.toLowerCase()] !== undefined)
  const client = parseClientHeader(String(header?.requestHeaders[CLIENT_HEADER.toLowerCase()]))
  if (client === null) throw new Error('The page has not said yet which client it is')
  const windowMs = Math.round(turnInMs / position(signalId, client.clientId))
  const stage = { share: 1, bakeMs: DAY_MS, gate: { minReportCount: 1, maxFailureRatio: 0 } }
  await operator.approve.mutate({
    target: { kind: 'signal', signalId },
    plan: { verifyWindowMs: 0, windowMs, stages: [stage] },
    reason: 'The device is ours',
  })
  await eventually('the approval to be in force', async () =>
    (await signalStatus(lives, signalId))?.inForceAccountCount ? true : null,
  )
  return signalId
}
