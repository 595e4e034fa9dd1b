import { cohort } from '@tidegate/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AudienceAccount, chooseCanaries } from './canaries.ts'

const audiences = fc
  .array(
    fc.record({
      resourceId: fc.constantFrom('shard-0', 'shard-1', 'shard-2'),
      predictedBytes: fc.integer({ min: 0, max: 100 }),
      isResting: fc.boolean(),
      isListening: fc.boolean(),
    }),
    { maxLength: 60 },
  )
  .map((accounts): AudienceAccount[] => accounts.map((account, at) => ({ ...account, accountId: `a${at}` })))

const cases = fc.record({
  audience: audiences,
  signalId: fc.uuid(),
  accountLimit: fc.integer({ min: 0, max: 70 }),
  bytesLeft: fc.record({ 'shard-0': fc.nat(600), 'shard-1': fc.nat(600), 'shard-2': fc.nat(600) }),
})

type Case = typeof cases extends fc.Arbitrary<infer Given> ? Given : never

function choose({ audience, signalId, accountLimit, bytesLeft }: Case) {
  const left: Readonly<Record<string, number>> = bytesLeft
  const bytesLeftOn = (resourceId: string) => left[resourceId] ?? 0
  return { bytesLeftOn, chosen: chooseCanaries(audience, { signalId, accountLimit, bytesLeftOn }) }
}

function bytesOf(accounts: readonly AudienceAccount[], resourceId: string): number {
  return accounts.filter((each) => each.resourceId === resourceId).reduce((sum, each) => sum + each.predictedBytes, 0)
}

describe('canaries', () => {
  test('G1: never more accounts than the limit, nor more bytes on a resource than are left there', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const { chosen, bytesLeftOn } = choose(given)
        expect(chosen.length).toBeLessThanOrEqual(given.accountLimit)
        for (const shard of ['shard-0', 'shard-1', 'shard-2']) {
          expect(bytesOf(chosen, shard)).toBeLessThanOrEqual(bytesLeftOn(shard))
        }
        expect(new Set(chosen).size).toBe(chosen.length)
      }),
    )
  })

  test('as many as fit: nobody who was passed over would still have fitted', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const { chosen, bytesLeftOn } = choose(given)
        if (chosen.length === given.accountLimit) return
        const passedOver = given.audience.filter((account) => !account.isResting && !chosen.includes(account))
        for (const account of passedOver) {
          const left = bytesLeftOn(account.resourceId) - bytesOf(chosen, account.resourceId)
          expect(account.predictedBytes).toBeGreaterThan(left)
        }
      }),
    )
  })

  test('who was reset a moment ago is no canary', () => {
    fc.assert(
      fc.property(cases, (given) => {
        expect(choose(given).chosen.some((account) => account.isResting)).toBe(false)
      }),
    )
  })

  test('nobody is asked where no client listens while somebody who would hear it still fits', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const { chosen, bytesLeftOn } = choose(given)
        const listening = given.audience.filter((account) => account.isListening)
        // As if nobody else were there: silent accounts take nothing from those who listen.
        const options = { signalId: given.signalId, accountLimit: given.accountLimit, bytesLeftOn }
        const alone = chooseCanaries(listening, options)
        expect(chosen.slice(0, alone.length)).toEqual(alone)
        expect(chosen.slice(alone.length).filter((account) => account.isListening)).toEqual([])
      }),
    )
  })

  test('resources take turns: while a resource still has somebody who listens and fits, none is two ahead of it, nor then among the silent', () => {
    fc.assert(
      fc.property(cases, fc.boolean(), (given, isListening) => {
        const { chosen } = choose({ ...given, bytesLeft: { 'shard-0': 1e9, 'shard-1': 1e9, 'shard-2': 1e9 } })
        const countOn = (shard: string, accounts: readonly AudienceAccount[]) =>
          accounts.filter(
            (account) => account.resourceId === shard && !account.isResting && account.isListening === isListening,
          ).length
        const counts = ['shard-0', 'shard-1', 'shard-2'].map((shard) => ({
          chosen: countOn(shard, chosen),
          all: countOn(shard, given.audience),
        }))
        const most = Math.max(...counts.map((each) => each.chosen))
        for (const each of counts) if (each.chosen < each.all) expect(most - each.chosen).toBeLessThanOrEqual(1)
      }),
    )
  })

  test('within a resource those of the lowest cohorts come first, whatever order they were named in', () => {
    const audience = Array.from({ length: 50 }, (_, at) => ({
      accountId: `a${at}`,
      resourceId: 'shard-0',
      predictedBytes: 1,
      isResting: false,
      isListening: true,
    }))
    const options = { signalId: 's1', accountLimit: 10, bytesLeftOn: () => 1000 }
    const chosen = chooseCanaries(audience, options)
    const lowest = [...audience].sort((a, b) => cohort('s1', a.accountId) - cohort('s1', b.accountId)).slice(0, 10)
    expect(chosen).toEqual(lowest)
    expect(chooseCanaries([...audience].reverse(), options)).toEqual(chosen)
  })
})
