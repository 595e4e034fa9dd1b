import { createHash } from 'node:crypto'
import {
  type AccountId,
  type ClientIdentity,
  IdempotencyKey,
  type LeasePurpose,
  PROTOCOL_VERSION,
} from '@tidegate/protocol'
import { type GuardNode, onLedger } from './guard-node.ts'

/** Beginnings remembered, so that each costs the ledger one write; forgotten ones are written once more and count once all the same. */
const REMEMBERED = 100_000

/**
 * Makes durable that a client begins, before it is granted anything: a revoke's count of those that never began, and
 * now never will, is then right, whatever this process or the client do next.
 */
export async function recordBegun(
  node: GuardNode,
  accountId: AccountId,
  client: ClientIdentity,
  { signalId, version }: LeasePurpose & { kind: 'signal' },
  wantBytes: number,
): Promise<void> {
  // Hashed, because three ids together may be longer than a key.
  const parts = JSON.stringify([signalId, version, accountId, client.clientId])
  const reportKey = IdempotencyKey.parse(`begun-${createHash('sha256').update(parts).digest('base64url')}`)
  if (node.begun.has(reportKey)) return
  const report = {
    protocol: PROTOCOL_VERSION,
    reportKey,
    client,
    signalId,
    outcome: 'begun' as const,
    fetchedItemCount: 0,
    fetchedBytes: 0,
    elapsedMs: 0,
    // The registry learns from reports too. A client that did not say holds, in the end, at least what it is about to fetch.
    cachedBytes: Math.max(node.sightings.cachedBytesOf(accountId, client) ?? 0, wantBytes),
    missingIds: [],
  }
  await onLedger(node, client.clientId, () => node.reports.add({ accountId, report }))
  if (node.begun.size >= REMEMBERED) node.begun.clear()
  node.begun.add(reportKey)
}
