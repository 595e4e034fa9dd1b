import {
  type ClientMode,
  type CollectionDigest,
  CollectionName,
  type Epoch,
  type InForceAnswer,
  type KeyId,
  PROTOCOL_VERSION,
  type ResourceId,
  type Signal,
  type StateTag,
  scopedRanges,
} from '@tidegate/protocol'
import type { InForce } from './in-force.ts'
import { toldDurationMs } from './told-duration.ts'

/** After so long without its ledger a node confirms and begins nothing (G8). The wire's bound for every confirmation, too. */
export const LEASE_TERM_BOUND_MS = 10_000

/**
 * How long an answer confirms, at most: two seconds under the bound, so that a node may have read its ledger up to two
 * seconds ago before its answers get shorter. Long enough for some thirty pages of 250 ms between two questions.
 */
export const ANSWER_VALID_MS = 8_000

/**
 * How long an answer may confirm, given how old the node's knowledge is: both together stay within one lease term, so a
 * client that a cut-off node answered last stops within one lease term of the revoke, not two (G3).
 *
 * @returns milliseconds; 0 or less when the node may confirm nothing
 */
export function answerValidForMs(knowledgeAgeMs: number): number {
  return Math.floor(Math.min(ANSWER_VALID_MS, LEASE_TERM_BOUND_MS - knowledgeAgeMs))
}

/** Most digests one answer brings; the wire's limit. A client that is not told one replays the collection's changes and compares at their end. */
export const MAX_TOLD_DIGESTS = 256

/** The collections, of those a source serves, that some signal in force covers: an answer brings their digests along. */
export function coveredCollections(inForce: readonly InForce[], served: readonly string[]): readonly CollectionName[] {
  return served
    .filter((collection) => inForce.some(({ record }) => scopedRanges(record.scope, collection).length > 0))
    .slice(0, MAX_TOLD_DIGESTS)
    .map((collection) => CollectionName.parse(collection))
}

/** The answer to "what is in force for me?", not signed yet. */
export function inForceAnswer(facts: {
  readonly epoch: Epoch
  readonly resourceId: ResourceId
  readonly serverNowMs: number
  readonly validForMs: number
  readonly clientMode: ClientMode
  readonly stateTag: StateTag | null
  readonly inForce: readonly InForce[]
  readonly digests: readonly CollectionDigest[]
  readonly oldestKeyId: KeyId | undefined
}): InForceAnswer {
  return {
    protocol: PROTOCOL_VERSION,
    epoch: facts.epoch,
    serverNowMs: Math.floor(facts.serverNowMs),
    validForMs: facts.validForMs,
    clientMode: facts.clientMode,
    stateTag: facts.stateTag,
    signals: facts.inForce.map((each) => toldSignal(each, facts.resourceId)),
    digests: [...facts.digests],
    ...(facts.oldestKeyId && { oldestKeyId: facts.oldestKeyId }),
  }
}

function toldSignal({ record, notBeforeInMs, expiresInMs }: InForce, resourceId: ResourceId): Signal {
  return {
    signalId: record.signalId,
    version: record.version,
    action: record.action,
    scope: record.scope,
    cause: { causeId: record.causeId, kind: record.causeKind, title: record.causeTitle },
    reason: record.reason,
    resourceId,
    notBeforeInMs: toldDurationMs(notBeforeInMs),
    expiresInMs: toldDurationMs(expiresInMs),
  }
}
