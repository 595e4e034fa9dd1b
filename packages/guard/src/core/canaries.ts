import { cohort } from '@tidegate/protocol'

/** An account of a signal's audience as a verdict sees it. */
export interface AudienceAccount {
  readonly accountId: string
  readonly resourceId: string
  /** What its clients would draw if all of their cache had to be fetched again. */
  readonly predictedBytes: number
  /** Reset too recently, or in force under another unapproved signal: not a canary. */
  readonly isResting: boolean
  /** It has an active client that the signal's filters let in: somebody who would hear of it, and report. */
  readonly isListening: boolean
}

/** How much a signal may have in force before anybody approved it. */
export interface CanaryLimits {
  readonly signalId: string
  /** Accounts in all. */
  readonly accountLimit: number
  /** Predicted bytes still free on a resource. */
  readonly bytesLeftOn: (resourceId: string) => number
}

/**
 * The accounts that {@link chooseCanaries} can choose under these limits, or under the same with a lower `accountLimit`:
 * on each resource the first that fit, in the order in which they would be asked. At most `accountLimit` per resource,
 * so few whatever the audience is.
 */
export function canaryCandidates(audience: readonly AudienceAccount[], limits: CanaryLimits): AudienceAccount[] {
  return queuesByResource(audience, limits).flatMap(({ listening, silent }) =>
    [...listening, ...silent].map(({ account }) => account),
  )
}

/**
 * Chooses the accounts that a signal may have in force before anybody approved it (G1): in cohort order, one resource
 * after the other, as many as fit. Accounts where nobody listens come last: a canary that never reports says nothing.
 * Of the resources, the one whose first canary comes earliest is served first.
 *
 * Exact: never more than `accountLimit` accounts nor more bytes on a resource than are left there; and as many as
 * possible in the sense that no account which was passed over would still fit.
 */
export function chooseCanaries(audience: readonly AudienceAccount[], limits: CanaryLimits): AudienceAccount[] {
  const queues = queuesByResource(audience, limits)
  const inTurn = [...inTurns(queues.map(({ listening }) => listening)), ...inTurns(queues.map(({ silent }) => silent))]
  return inTurn.slice(0, limits.accountLimit).map(({ account }) => account)
}

interface Placed {
  readonly account: AudienceAccount
  readonly place: number
}

/** Accounts of one resource that fit there together, each list in cohort order. */
interface Queue {
  readonly listening: readonly Placed[]
  readonly silent: readonly Placed[]
}

function queuesByResource(audience: readonly AudienceAccount[], limits: CanaryLimits): Queue[] {
  const rested = audience.filter((account) => !account.isResting)
  const placed = rested
    .map((account) => ({ account, place: cohort(limits.signalId, account.accountId) }))
    .sort(inCohortOrder)
  const byResource = new Map<string, Placed[]>()
  for (const each of placed) {
    const { resourceId } = each.account
    byResource
      .set(resourceId, byResource.get(resourceId) ?? [])
      .get(resourceId)
      ?.push(each)
  }
  return [...byResource].map(([resourceId, accounts]) => queueOf(resourceId, accounts, limits))
}

/** Those who listen take first; one that does not fit is passed over for good, because the bytes left only shrink. */
function queueOf(resourceId: string, accounts: readonly Placed[], limits: CanaryLimits): Queue {
  let accountsLeft = limits.accountLimit
  let bytesLeft = limits.bytesLeftOn(resourceId)
  const take = (group: readonly Placed[]) =>
    group.filter(({ account }) => {
      if (accountsLeft < 1 || account.predictedBytes > bytesLeft) return false
      accountsLeft--
      bytesLeft -= account.predictedBytes
      return true
    })
  const listening = take(accounts.filter(({ account }) => account.isListening))
  return { listening, silent: take(accounts.filter(({ account }) => !account.isListening)) }
}

/** The first of each queue, then the second of each, and so on. */
function inTurns(queues: readonly (readonly Placed[])[]): Placed[] {
  return queues
    .flatMap((queue) => queue.map((placed, turn) => ({ placed, turn, first: queue[0] ?? placed })))
    .sort((left, right) => left.turn - right.turn || inCohortOrder(left.first, right.first))
    .map(({ placed }) => placed)
}

function inCohortOrder(left: Placed, right: Placed): number {
  return left.place - right.place || (left.account.accountId < right.account.accountId ? -1 : 1)
}
