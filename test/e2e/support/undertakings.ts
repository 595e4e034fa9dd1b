import { trpcGuardApi } from '@tidegate/client'
import {
  type AccountId,
  CauseId,
  IdempotencyKey,
  PROTOCOL_VERSION,
  type Proposal,
  type ReleasePlan,
  type Report,
  type SignalId,
} from '@tidegate/protocol'
import { clientOf } from './crowd.ts'
import { Refused, type Undertaking } from './diary.ts'
import { julyCopy, migrate } from './migrate.ts'
import { operatorOf } from './server-process.ts'

const DAY_MS = 86_400_000

/** The July migration under another cause, with an idempotency key: run again, it touches the rows again and proposes nothing new. */
export function migration(causeId: string): Undertaking {
  const key = `migration ${causeId}`
  const file = julyCopy(causeId, { 'reason     =>': `idempotency_key => '${key}',\n  reason     =>` })
  return {
    key,
    async send(url) {
      const answer = await migrate(url, file)
      if (!answer.committed) throw new Refused(answer.message)
    },
  }
}

/** A service's own proposal for some accounts. `signalIds` gathers what the server named it, each time it answered. */
export function proposal(causeId: string, key: string, accountIds: readonly AccountId[], signalIds: Set<SignalId>) {
  const message: Proposal = {
    protocol: PROTOCOL_VERSION,
    idempotencyKey: IdempotencyKey.parse(key),
    causeId: CauseId.parse(causeId),
    action: 'verify',
    scope: { kind: 'account' },
    audience: { accounts: { kind: 'named', accountIds: [...accountIds] } },
    reason: `Proposed as ${key}`,
    expiresInMs: 7 * DAY_MS,
  }
  const send = async (url: string) => {
    signalIds.add((await operatorOf(url).propose.mutate(message)).signalId)
  }
  return { key, send } satisfies Undertaking
}

/** Half of the audience in the first stage, and nothing that time alone could move on within a test. */
export const RELEASE_PLAN: ReleasePlan = {
  verifyWindowMs: 0,
  windowMs: 0,
  stages: [
    { share: 0.5, bakeMs: DAY_MS, gate: { minReportCount: 1, maxFailureRatio: 0 } },
    { share: 1, bakeMs: DAY_MS, gate: { minReportCount: 1, maxFailureRatio: 0 } },
  ],
}

export function approval(signalId: SignalId): Undertaking {
  const decision = { target: { kind: 'signal' as const, signalId }, plan: RELEASE_PLAN, reason: `Approve ${signalId}` }
  return {
    key: `approve ${signalId}`,
    async send(url) {
      await operatorOf(url).approve.mutate(decision)
    },
  }
}

export function revocation(signalId: SignalId): Undertaking {
  const decision = { target: { kind: 'signal' as const, signalId }, reason: `Revoke ${signalId}` }
  return {
    key: `revoke ${signalId}`,
    async send(url) {
      await operatorOf(url).revoke.mutate(decision)
    },
  }
}

/** A canary’s report: consistent, nothing fetched. */
export function report(options: {
  readonly accountId: AccountId
  readonly session: string
  readonly signalId: SignalId
  readonly key: string
}): Undertaking {
  const { accountId, session, signalId, key } = options
  const message: Report = {
    protocol: PROTOCOL_VERSION,
    reportKey: IdempotencyKey.parse(key),
    client: clientOf(accountId, key), // a client is counted once
    signalId,
    outcome: 'consistent',
    fetchedItemCount: 0,
    fetchedBytes: 0,
    elapsedMs: 5,
    cachedBytes: 1_000_000,
    missingIds: [],
  }
  return {
    key,
    async send(url) {
      await trpcGuardApi({
        url: `${url}/tidegate`,
        headers: () => ({ authorization: `Bearer ${session}` }),
      }).report(message)
    },
  }
}
