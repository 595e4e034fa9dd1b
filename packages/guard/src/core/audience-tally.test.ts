import { cohort } from '@tidegate/protocol'
import { pretendRandom } from '@tidegate/protocol/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { audienceFigures } from './audience-tally.ts'
import { type AudienceAccount, chooseCanaries } from './canaries.ts'
import { theFacts } from './rules/a-verdict.ts'
import { ruleBook } from './rules/rule-book.ts'
import { judgeSignal } from './verdict.ts'

const SHARDS = ['shard-0', 'shard-1', 'shard-2']

const audiences = fc.uniqueArray(
  fc.record({
    accountId: fc.uuid(),
    resourceId: fc.constantFrom(...SHARDS),
    predictedBytes: fc.integer({ min: 0, max: 100 }),
    isResting: fc.boolean(),
    isListening: fc.boolean(),
  }),
  { maxLength: 80, selector: (account) => account.accountId },
)
const limits = fc.record({
  signalId: fc.uuid(),
  accountLimit: fc.nat(90),
  bytesLeftOn: fc
    .tuple(fc.nat(600), fc.nat(600), fc.nat(600))
    .map((bytes) => (resourceId: string) => bytes[SHARDS.indexOf(resourceId)] ?? 0),
})

test('figures are those of the whole list', () => {
  fc.assert(
    fc.property(audiences, limits, (audience, given) => {
      const figures = audienceFigures(audience, given)
      const rested = audience.filter((account) => !account.isResting)
      expect(figures.accountCount).toBe(audience.length)
      expect(figures.restedAccountCount).toBe(rested.length)
      const bytesOf = (accounts: readonly AudienceAccount[]) =>
        accounts.reduce((sum, account) => sum + account.predictedBytes, 0)
      const on = (accounts: readonly AudienceAccount[], shard: string) =>
        accounts.filter((account) => account.resourceId === shard)
      expect(figures.byResource).toEqual(
        SHARDS.filter((shard) => on(audience, shard).length > 0).map((shard) => ({
          resourceId: shard,
          accountCount: on(audience, shard).length,
          predictedBytes: bytesOf(on(audience, shard)),
          restedPredictedBytes: bytesOf(on(rested, shard)),
        })),
      )
    }),
  )
})

test('G1: the few candidates give the same canaries as the whole list, however a rule limits them', () => {
  fc.assert(
    fc.property(audiences, limits, fc.nat(90), (audience, given, ruleLimit) => {
      const { candidates } = audienceFigures(audience, given)
      const accountLimit = Math.min(given.accountLimit, ruleLimit)
      expect(chooseCanaries(candidates, { ...given, accountLimit })).toEqual(
        chosenTurnByTurn(audience, { ...given, accountLimit }),
      )
      for (const shard of SHARDS) {
        expect(candidates.filter((account) => account.resourceId === shard).length).toBeLessThanOrEqual(
          given.accountLimit,
        )
      }
    }),
  )
})

test('G1: of thousands of accounts some hundreds are kept, and they give the same canaries', () => {
  fc.assert(
    fc.property(
      fc.integer(),
      fc.integer({ min: 1, max: 60 }),
      fc.nat(20_000),
      fc.nat(60),
      (seed, most, bytes, rule) => {
        const draw = pretendRandom(seed)
        const audience = Array.from({ length: 6000 }, (_, at) => ({
          accountId: `a${at}`,
          resourceId: SHARDS[Math.floor(draw() * 3)] ?? '',
          predictedBytes: Math.floor(draw() ** 3 * 1000),
          isResting: draw() < 0.1,
          isListening: draw() < 0.5,
        }))
        const given = { signalId: `s${seed}`, accountLimit: most, bytesLeftOn: () => bytes }
        const { candidates } = audienceFigures(audience, given)
        const limits = { ...given, accountLimit: Math.min(most, rule) }
        expect(chooseCanaries(candidates, limits)).toEqual(chooseCanaries(audience, limits))
        expect(candidates.length).toBeLessThanOrEqual(3 * most)
      },
    ),
    { numRuns: 40 },
  )
})

test('a verdict on figures is the verdict on the whole list', () => {
  fc.assert(
    fc.property(audiences, fc.nat(40), fc.nat(500), (audience, accountCount, bytesPerResource) => {
      const facts = theFacts({ audience, cause: { credit: { accountCount, bytesPerResource } } })
      const ofAll = { ...facts, audience: { ...facts.audience, candidates: audience } }
      expect(judgeSignal(facts, ruleBook())).toEqual(judgeSignal(ofAll, ruleBook()))
    }),
  )
})

/** The same choice made in the plainest way: round after round, the first account of each resource that still fits. */
function chosenTurnByTurn(audience: readonly AudienceAccount[], given: Parameters<typeof chooseCanaries>[1]) {
  const bytesLeft = new Map(SHARDS.map((shard) => [shard, given.bytesLeftOn(shard)]))
  const chosen: AudienceAccount[] = []
  for (const isListening of [true, false]) {
    const waiting = audience
      .filter((account) => !account.isResting && account.isListening === isListening)
      .sort((left, right) => cohort(given.signalId, left.accountId) - cohort(given.signalId, right.accountId))
    const next = (shard: string) =>
      waiting.find((account) => account.resourceId === shard && account.predictedBytes <= (bytesLeft.get(shard) ?? 0))
    const turns = waiting.map((account) => next(account.resourceId)).filter((account) => account !== undefined)
    const shards = [...new Set(turns.toSorted(byCohort(waiting)).map((account) => account.resourceId))]
    for (let isProgress = true; isProgress; ) {
      isProgress = false
      for (const shard of shards) {
        const account = chosen.length < given.accountLimit ? next(shard) : undefined
        if (!account) continue
        isProgress = true
        chosen.push(account)
        waiting.splice(waiting.indexOf(account), 1)
        bytesLeft.set(shard, (bytesLeft.get(shard) ?? 0) - account.predictedBytes)
      }
    }
  }
  return chosen
}

function byCohort(inOrder: readonly AudienceAccount[]) {
  return (left: AudienceAccount, right: AudienceAccount) => inOrder.indexOf(left) - inOrder.indexOf(right)
}
