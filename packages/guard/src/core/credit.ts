import type { Credit } from '@tidegate/protocol'
import type { Resource } from '../resources.ts'
import type { LedgerSettings } from './ledger-settings.ts'

/** What unapproved signals have taken of a credit: distinct accounts, and predicted bytes by resource. */
export interface Spending {
  readonly accountCount: number
  readonly bytesByResource: ReadonlyMap<string, number>
}

export const NOTHING_SPENT: Spending = { accountCount: 0, bytesByResource: new Map() }

/** A cause that nobody registered may let nobody out. */
export const NO_CREDIT: Credit = { accountCount: 0, bytesPerResource: 0 }

/**
 * What a registered cause may let out without approval, granted when it is first seen. Bytes are measured by the smallest
 * resource, so that no resource is ever asked for more than its own thousandth.
 */
export function grantCredit(options: {
  activeAccountCount: number
  resources: readonly Resource[]
  settings: LedgerSettings
}): Credit {
  const { activeAccountCount, resources, settings } = options
  const smallest = Math.min(...resources.map((resource) => resource.capacityBytesPerSecond))
  return {
    accountCount: atMostSafe(
      settings.creditBaseAccountCount + activeAccountCount / settings.creditActiveAccountsPerAccount,
    ),
    bytesPerResource: atMostSafe((smallest * 3600 * settings.creditCapacityPerMille) / 1000),
  }
}

/** What all causes together may have out without approval: so many times the credit of one cause. */
export function grantGlobalCredit(credit: Credit, factor: number): Credit {
  return {
    accountCount: atMostSafe(credit.accountCount * factor),
    bytesPerResource: atMostSafe(credit.bytesPerResource * factor),
  }
}

/** Whole numbers only: 9 PB is as good as no limit. */
function atMostSafe(value: number): number {
  return Math.min(Math.floor(value), Number.MAX_SAFE_INTEGER)
}

/** What is left of a credit: never below zero, and spent + left = granted. */
export function accountsLeft(credit: Credit, spent: Spending): number {
  return Math.max(0, credit.accountCount - spent.accountCount)
}

export function bytesLeft(credit: Credit, spent: Spending, resourceId: string): number {
  return Math.max(0, credit.bytesPerResource - (spent.bytesByResource.get(resourceId) ?? 0))
}

/** What a signal may take of its cause's credit and of that of all causes together. */
export function leftOfBoth(
  cause: { readonly credit: Credit; readonly spent: Spending },
  global: { readonly credit: Credit; readonly spent: Spending },
): { readonly accountLimit: number; readonly bytesLeftOn: (resourceId: string) => number } {
  return {
    accountLimit: Math.min(accountsLeft(cause.credit, cause.spent), accountsLeft(global.credit, global.spent)),
    bytesLeftOn: (resourceId) =>
      Math.min(bytesLeft(cause.credit, cause.spent, resourceId), bytesLeft(global.credit, global.spent, resourceId)),
  }
}
