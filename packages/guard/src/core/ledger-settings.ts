const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** What a team may set about verdicts. Read once, when the ledger opens; credits that were granted before stay as they were. */
export interface LedgerSettings {
  /** Accounts that every registered cause may let out without approval, whatever the size of the fleet. */
  readonly creditBaseAccountCount: number
  /** One account more for each so many active ones: 10,000 is 0.01 %. */
  readonly creditActiveAccountsPerAccount: number
  /** Predicted bytes per resource, as thousandths of what the smallest resource serves in an hour. */
  readonly creditCapacityPerMille: number
  /** How many causes' credits all causes together may have out at a time. */
  readonly globalCreditFactor: number
  /** Signals live no longer than this; one that asks for more, or names no end, gets this and is held. */
  readonly longestExpiryMs: number
  /** An account that was reset less than this ago is left out of canaries and held. */
  readonly resetSpacingMs: number
  /** A client not seen for longer is not active: it counts neither for credits nor for predictions. */
  readonly activeForMs: number
  /**
   * Predicted bytes of a named account without an active client, and of a client that never said what it holds: nobody
   * knows, so the guess is a bad case. 10 MB is a mailbox of about 600 mails with their bodies; set the 99th percentile of your own.
   */
  readonly unknownAccountBytes: number
  /** Events younger than this are never pruned. By default as long as the longest a signal may live. */
  readonly shortestRetentionMs: number
  /** A release plan for more accounts than this needs a gate that can stop it. */
  readonly largestUngatedAccountCount: number
  /** Whoever registered or proposed something approves it for so many times the cause's credit of accounts, and no more. */
  readonly ownApprovalCredits: number
  /** A release for which every resource needs at most so long, at its whole capacity, may be as short as its approver likes. */
  readonly longestUnspreadWorkMs: number
  /** Predicted bytes of one cause per resource, as thousandths of what that resource serves in an hour; more is held. */
  readonly budgetCapacityPerMille: number
  /** A resource that would need longer, at its whole capacity, for a signal and the releases under way holds it. */
  readonly longestWorkMs: number
  /** With so many other causes waiting for a decision about a resource, one more signal there is held. */
  readonly heldCausesPerResource: number
  /** Distinct accounts that the signals of one cause may name within a minute and within a day; more are held. */
  readonly accountsPerMinute: number
  readonly accountsPerDay: number
}

/**
 * Worst case of the defaults, with a million active accounts: an unapproved cause reaches 120 of them, all unapproved
 * causes together 600, and they draw at most 18 s of one resource's capacity. A cause may plan a quarter of an hour of a
 * resource, and a resource half an hour in all, before a person looks; of 100 million accounts, whose credit is 10,020,
 * a cause still reaches 100 a minute and 1,000 a day.
 */
export const LEDGER_DEFAULTS: LedgerSettings = {
  creditBaseAccountCount: 20,
  creditActiveAccountsPerAccount: 10_000,
  creditCapacityPerMille: 1,
  globalCreditFactor: 5,
  longestExpiryMs: 30 * DAY_MS,
  resetSpacingMs: DAY_MS,
  activeForMs: 30 * DAY_MS,
  unknownAccountBytes: 10_000_000,
  shortestRetentionMs: 30 * DAY_MS,
  largestUngatedAccountCount: 10_000,
  ownApprovalCredits: 10,
  longestUnspreadWorkMs: 300_000,
  budgetCapacityPerMille: 250,
  longestWorkMs: HOUR_MS / 2,
  heldCausesPerResource: 3,
  accountsPerMinute: 100,
  accountsPerDay: 1_000,
}

/** Those that are divided by or multiplied with, or would hold everything at zero. */
const AT_LEAST_ONE: readonly string[] = [
  'creditActiveAccountsPerAccount',
  'globalCreditFactor',
  'heldCausesPerResource',
] satisfies (keyof LedgerSettings)[]

/** @throws RangeError naming the setting that is out of range */
export function ledgerSettings(overrides: Partial<LedgerSettings> = {}): LedgerSettings {
  const settings = { ...LEDGER_DEFAULTS, ...overrides }
  for (const [name, value] of Object.entries(settings)) {
    const least = AT_LEAST_ONE.includes(name) ? 1 : 0
    if (!Number.isSafeInteger(value) || value < least) {
      throw new RangeError(`Cannot open the ledger: ${name} must be an integer of at least ${least}, got ${value}`)
    }
  }
  return settings
}
