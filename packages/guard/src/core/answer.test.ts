import { CauseId, DIGEST_ALGORITHM, EMPTY_DIGEST, Epoch, InForceAnswer, ResourceId, SignalId } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import {
  ANSWER_VALID_MS,
  answerValidForMs,
  coveredCollections,
  inForceAnswer,
  LEASE_TERM_BOUND_MS,
  MAX_TOLD_DIGESTS,
} from './answer.ts'
import type { InForce } from './in-force.ts'

test('a node that has just read its ledger confirms for eight seconds', () => {
  expect(answerValidForMs(0)).toBe(ANSWER_VALID_MS)
  expect(answerValidForMs(250)).toBe(ANSWER_VALID_MS)
})

test('whatever a cut-off node knows, its last answer ends within one lease term of what it read (G3, G8)', () => {
  for (let ageMs = 0; ageMs <= 12_000; ageMs += 10) {
    const validForMs = answerValidForMs(ageMs)
    if (validForMs > 0) expect(ageMs + validForMs).toBeLessThanOrEqual(LEASE_TERM_BOUND_MS)
  }
  expect(answerValidForMs(LEASE_TERM_BOUND_MS)).toBeLessThanOrEqual(0)
})

test('however many collections a source serves, clients can read the answer', () => {
  const served = Array.from({ length: MAX_TOLD_DIGESTS + 1 }, (_, at) => `collection-${at}`)
  const collections = coveredCollections([wholeAccount], served)
  const scheme = { algorithm: DIGEST_ALGORITHM, saltId: 's1' }
  const answer = inForceAnswer({
    epoch: Epoch.parse('epoch-1'),
    resourceId: ResourceId.parse('shard-1'),
    serverNowMs: 0,
    validForMs: ANSWER_VALID_MS,
    clientMode: 'enforce',
    stateTag: null,
    inForce: [wholeAccount],
    digests: collections.map((collection) => ({ ...EMPTY_DIGEST, ...scheme, collection, asOf: 0 })),
    oldestKeyId: undefined,
  })
  expect(InForceAnswer.parse(answer).digests).toHaveLength(MAX_TOLD_DIGESTS)
})

const wholeAccount: InForce = {
  notBeforeInMs: 0,
  expiresInMs: 1_000,
  record: {
    signalId: SignalId.parse('signal-1'),
    version: 1,
    causeId: CauseId.parse('labels-2023-07'),
    causeKind: 'migration',
    causeTitle: 'Labels',
    action: 'verify',
    scope: { kind: 'account' },
    reason: 'labels were renumbered',
    state: 'released',
    filter: {},
    audienceAccounts: null,
    namedAccounts: new Set(['ann']),
    judgedAtMs: 0,
    expiresAtMs: 1_000,
    pausedUntilMs: 0,
    supersedes: [],
    release: null,
  },
}
