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

/**
 * Chooses the accounts that a signal may have in force before anybody approved it (G1): in cohort order, one resource
 * after the other, as many as fit. Accounts where nobody listens come last: a canary that never reports says nothing.
 *
 * Exact: never more than `accountLimit` accounts nor more bytes on a resource than are left there; and as many as
 * possible in the sense that no account which was passed over would still fit.
 *
 * @param options.bytesLeftOn predicted bytes still free on a resource
 */
export function chooseCanaries(
  audience: readonly AudienceAccount[],
  options: { signalId: string; accountLimit: number; bytesLeftOn: (resourceId: string) => number },
): AudienceAccount[] {
  const { signalId, accountLimit, bytesLeftOn } = options
  const rested = audience.filter((account) => !account.isResting)
  const bytesLeft = new Map(rested.map(({ resourceId }) => [resourceId, bytesLeftOn(resourceId)]))
  const chosen: AudienceAccount[] = []
  for (const isListening of [true, false]) {
    const group = rested.filter((account) => account.isListening === isListening)
    takeInTurns(queuesByResource(group, signalId), { chosen, accountLimit, bytesLeft })
  }
  return chosen
}

/** Adds to `chosen`, and takes from `bytesLeft`, until the limit is reached or nothing fits any more. */
function takeInTurns(
  queues: readonly Queue[],
  taken: { chosen: AudienceAccount[]; accountLimit: number; bytesLeft: Map<string, number> },
): void {
  const { chosen, accountLimit, bytesLeft } = taken
  let isProgress = true
  while (isProgress) {
    isProgress = false
    for (const queue of queues) {
      if (chosen.length >= accountLimit) return
      const left = bytesLeft.get(queue.resourceId) ?? 0
      const account = nextThatFits(queue, left)
      if (!account) continue
      bytesLeft.set(queue.resourceId, left - account.predictedBytes)
      chosen.push(account)
      isProgress = true
    }
  }
}

interface Queue {
  readonly resourceId: string
  readonly accounts: AudienceAccount[]
  next: number
}

/** Moves on for good past what does not fit: the bytes left only shrink, so it never will. */
function nextThatFits(queue: Queue, bytesLeft: number): AudienceAccount | undefined {
  while (queue.next < queue.accounts.length) {
    const account = queue.accounts[queue.next++]
    if (account && account.predictedBytes <= bytesLeft) return account
  }
  return undefined
}

/** One queue per resource, each in cohort order; the resource whose first account comes earliest is served first. */
function queuesByResource(accounts: readonly AudienceAccount[], signalId: string): Queue[] {
  const places = accounts
    .map((account) => ({ account, place: cohort(signalId, account.accountId) }))
    .sort((left, right) => left.place - right.place || (left.account.accountId < right.account.accountId ? -1 : 1))
  const queues = new Map<string, Queue>()
  for (const { account } of places) {
    const { resourceId } = account
    const queue = queues.get(resourceId)
    if (queue) queue.accounts.push(account)
    else queues.set(resourceId, { resourceId, accounts: [account], next: 0 })
  }
  return [...queues.values()]
}
