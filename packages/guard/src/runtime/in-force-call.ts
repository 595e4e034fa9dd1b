import {
  type AccountId,
  ALL_ORDINALS,
  type CollectionDigest,
  type CollectionName,
  type CollectionSource,
  type InForceRequest,
  type SignedInForceAnswer,
} from '@tidegate/protocol'
import { answerValidForMs, coveredCollections, inForceAnswer } from '../core/answer.ts'
import { activeKey, oldestKeyId } from '../core/signing-keys.ts'
import { type GuardNode, inForceNow, knowledgeOf, stateTagOf } from './guard-node.ts'

/** Answers "what is in force for me, now?", signed, with the digests of what the signals cover. */
export async function answerInForce(
  node: GuardNode,
  accountId: AccountId,
  request: InForceRequest,
): Promise<SignedInForceAnswer> {
  const { client, cachedBytes } = request
  const knowledge = knowledgeOf(node, client.clientId)
  const who = { accountId, client }
  const inForce = inForceNow(node, knowledge, who)
  // The tag is of everything all the same: it is compared with the one that ordinary responses carry.
  const { completedSignals } = request
  const told = completedSignals === undefined ? inForce : inForceNow(node, knowledge, who, completedSignals)
  node.sightings.note({ ...who, cachedBytes }, node.wallNowMs())
  if (told.length > 0) node.counters.tellingAnswerCount += 1
  else node.counters.emptyAnswerCount += 1
  const collections = coveredCollections(told, node.source.collections)
  const digests = await Promise.all(collections.map((collection) => wholeDigest(node.source, accountId, collection)))
  const nowMs = node.wallNowMs()
  return node.signer.sign(
    activeKey(knowledge.keys, nowMs),
    inForceAnswer({
      epoch: knowledge.epoch,
      resourceId: node.admissionOf(accountId).resourceId,
      serverNowMs: nowMs,
      validForMs: answerValidForMs(knowledge.ageMs),
      clientMode: knowledge.modes.clientMode,
      stateTag: stateTagOf(node, knowledge, who, inForce),
      inForce: told,
      digests,
      oldestKeyId: oldestKeyId(knowledge.keys, nowMs),
    }),
    { accountId, clientId: client.clientId, nonce: request.nonce },
  )
}

async function wholeDigest(
  source: CollectionSource,
  accountId: AccountId,
  collection: CollectionName,
): Promise<CollectionDigest> {
  const { asOf, scheme, digests } = await source.digests(accountId, { collection, ranges: [ALL_ORDINALS] })
  const whole = digests[0]
  if (!whole) throw new Error(`Cannot answer: the source gave no digest for the range asked of ${collection}`)
  return { collection, algorithm: scheme.algorithm, saltId: scheme.saltId, asOf, ...whole }
}
