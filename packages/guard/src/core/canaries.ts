import { cohort } from '@tidegate/protocol'

/** An account of a signal's audience as a verdict sees it. */
export interface AudienceAccount {
  readonly accountId: string
  readonly resourceId: string
  /** What its clients would draw if all of their cache had to be fetched again. */
  readonly predictedBytes: number
  /** Reset too recently, or in force under another unapproved signal: not a canary. */
  readonly isResting: boolean
}

/**
 * Chooses the accounts that a signal may have in force before anybody approved it (G1): in cohort order, one resource
 * after the other, as many as fit.
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
  const queues = queuesByResource(audience, options.signalId).map((accounts) => ({
    accounts,
    next: 0,
    bytesLeft: options.bytesLeftOn(accounts[0]?.resourceId ?? ''),
  }))
  const chosen: AudienceAccount[] = []
  let isProgress = true
  while (isProgress) {
    isProgress = false
    for (const queue of queues) {
      if (chosen.length >= options.accountLimit) return chosen
      const account = nextThatFits(queue)
      if (!account) continue
      queue.bytesLeft -= account.predictedBytes
      chosen.push(account)
      isProgress = true
    }
  }
  return chosen
}

/** Moves on for good past what does not fit: the bytes left only shrink, so it never will. */
function nextThatFits(queue: { accounts: readonly AudienceAccount[]; next: number; bytesLeft: number }) {
  while (queue.next < queue.accounts.length) {
    const account = queue.accounts[queue.next++]
    if (account && account.predictedBytes <= queue.bytesLeft) return account
  }
  return undefined
}

/** One queue per resource, each in cohort order; the resource whose first account comes earliest is served first. */
function queuesByResource(audience: readonly AudienceAccount[], signalId: string): AudienceAccount[][] {
  const places = audience
    .filter((account) => !account.isResting)
    .map((account) => ({ account, place: cohort(signalId, account.accountId) }))
    .sort((left, right) => left.place - right.place || (left.account.accountId < right.account.accountId ? -1 : 1))
  const queues = new Map<string, AudienceAccount[]>()
  for (const { account } of places) {
    const queue = queues.get(account.resourceId)
    if (queue) queue.push(account)
    else queues.set(account.resourceId, [account])
  }
  return [...queues.values()]
}
