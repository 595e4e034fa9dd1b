import { RecentMap } from './recent-map.ts'

/**
 * What one account may draw at the first level before it is taken for a program that reads in bulk: `units` in `windowMs`.
 * Below that it never is; by twice as much in one window it always is.
 */
export interface BulkLimit {
  readonly units: number
  readonly windowMs: number
}

/**
 * 64 MiB in a minute: two mails of the largest size that services let people send (25 MB each, some more when encoded),
 * one after the other, and the list around them. A program that copies a mailbox passes it within the minute on any
 * line that is worth copying over.
 */
export const DEFAULT_BULK_LIMIT: BulkLimit = { units: 64 * 1024 * 1024, windowMs: 60_000 }

/** @throws RangeError for numbers that are not above 0 */
export function checkedBulkLimit(bulk: BulkLimit): BulkLimit {
  for (const [name, value] of Object.entries({ units: bulk.units, windowMs: bulk.windowMs })) {
    if (value > 0 && value < Number.POSITIVE_INFINITY) continue
    throw new RangeError(`Cannot tell who reads in bulk: ${name} must be a number above 0, got ${value}`)
  }
  return bulk
}

/** Accounts of which a node remembers what they drew, some 15 MB; the most recent ones when there are more. */
const MAX_REMEMBERED = 100_000
/** As long as anybody is told to stay away, and a little. */
const LEAST_KEEP_MS = 90_000

/** What is known of an account that drew or was refused lately. */
export interface AccountDraws {
  /** Drains at the limit's rate; where an account is above the limit, it reads in bulk. */
  heavyUnits: number
  drainedAtMs: number
  /** When what it drew at the lowest level without a lease would have been served at its share. */
  finishAtMs: number
  /** When it was told to come back. */
  toldUntilMs: number
}

/** Remembers accounts as long as what they did matters, and never more than fit. */
export class DrawBook {
  readonly #limit: BulkLimit
  readonly #drainedPerMs: number
  readonly #accounts: RecentMap<AccountDraws>

  constructor(limit: BulkLimit, nowMs: number) {
    this.#limit = limit
    this.#drainedPerMs = limit.units / limit.windowMs
    // What an account drew has drained away after two windows.
    this.#accounts = new RecentMap(Math.max(2 * limit.windowMs, LEAST_KEEP_MS), MAX_REMEMBERED, nowMs)
  }

  of(accountId: string, nowMs: number): AccountDraws {
    const known = this.#accounts.get(accountId, nowMs)
    if (known) return known
    const account = { heavyUnits: 0, drainedAtMs: nowMs, finishAtMs: 0, toldUntilMs: 0 }
    this.#accounts.set(accountId, account)
    return account
  }

  /** Whether an account that draws `units` more reads in bulk. */
  isBulk(account: AccountDraws, units: number, nowMs: number): boolean {
    const drainedUnits = Math.max(0, nowMs - account.drainedAtMs) * this.#drainedPerMs
    account.heavyUnits = Math.max(0, account.heavyUnits - drainedUnits)
    account.drainedAtMs = nowMs
    return account.heavyUnits + units > this.#limit.units
  }

  /** Counts what was drawn at the first level, and what was asked of it in bulk. */
  note(account: AccountDraws, units: number): void {
    account.heavyUnits = Math.max(0, Math.min(account.heavyUnits + units, 2 * this.#limit.units))
  }
}
