import type { AccountId, ClientId, ClientMode, Epoch } from '@tidegate/protocol'
import type { InForce } from './in-force.ts'

/**
 * What a state tag is a MAC of: epoch, account, client, mode, and the signals in force with their versions, in an order
 * that does not depend on how they were found. JSON, so that no two lists of parts spell the same text.
 */
export function tagText(of: {
  readonly epoch: Epoch
  readonly accountId: AccountId
  readonly clientId: ClientId
  readonly clientMode: ClientMode
  readonly inForce: readonly InForce[]
}): string {
  const signals = of.inForce.map(({ record }) => `${record.signalId}:${record.version}`).sort()
  return JSON.stringify([of.epoch, of.accountId, of.clientId, of.clientMode, ...signals])
}
