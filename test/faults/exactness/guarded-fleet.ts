import type { LedgerSettings, Resources } from '@tidegate/guard'
import { ResourceId } from '@tidegate/protocol'

/** What every process of an exactness run must agree on. */
export interface FleetPlan {
  /** Of each of four resources; with {@link UNKNOWN_ACCOUNT_BYTES} it says whether accounts or bytes are what runs out. */
  readonly capacityBytesPerSecond: number
}

/** Nobody was ever seen, so each account is predicted to draw this: 4 of them are the 36 MB that 10 MB/s give as credit. */
const UNKNOWN_ACCOUNT_BYTES = 9_000_000

export const FLEET_SETTINGS: Partial<LedgerSettings> = {
  unknownAccountBytes: UNKNOWN_ACCOUNT_BYTES,
  largestUngatedAccountCount: Number.MAX_SAFE_INTEGER,
}

const SHARDS = [0, 1, 2, 3].map((number) => ResourceId.parse(`shard-${number}`))

/** Accounts `a-0000001` and so on live on four shards in turn. */
export function fleetResources({ capacityBytesPerSecond }: FleetPlan): Resources {
  return {
    resources: SHARDS.map((resourceId) => ({ resourceId, capacityBytesPerSecond })),
    resourceOf: (accountId) => SHARDS[Number(accountId.slice(2)) % SHARDS.length] ?? ResourceId.parse('nowhere'),
  }
}

export function fleetAccounts(from: number, count: number): string[] {
  return Array.from({ length: count }, (_, at) => `a-${String(from + at).padStart(7, '0')}`)
}
