import { cohort } from '@tidegate/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LargeAudienceBuilder } from './large-audience.ts'

const keys = fc.record({ low: fc.nat(0xffffffff), high: fc.nat(0xffffffff) })
const ids = fc.uniqueArray(fc.oneof(fc.uuid(), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })), {
  maxLength: 300,
})

function audienceOf(accountIds: readonly string[], key: { low: number; high: number }, signalId = 's1') {
  const builder = new LargeAudienceBuilder({ signalId, accountCount: accountIds.length, key })
  for (const accountId of accountIds) builder.add(accountId)
  return builder.build()
}

test('it holds the accounts that were added, once each, and no others', () => {
  fc.assert(
    fc.property(ids, ids, keys, (inside, others, key) => {
      const audience = audienceOf([...inside, ...inside.slice(0, 9)], key)
      expect(audience.size).toBe(inside.length)
      expect(inside.filter((accountId) => !audience.has(accountId))).toEqual([])
      expect(others.filter((accountId) => audience.has(accountId) && !inside.includes(accountId))).toEqual([])
    }),
  )
})

test('it knows how many of them a range of cohorts holds', () => {
  const ratio = fc.double({ min: 0, max: 1, noNaN: true })
  fc.assert(
    fc.property(ids, keys, fc.uuid(), ratio, ratio, (inside, key, signalId, from, below) => {
      const places = inside.map((accountId) => cohort(signalId, accountId))
      const among = places.filter((place) => place >= from && place < below).length
      expect(audienceOf(inside, key, signalId).countInCohorts(from, below)).toBe(among)
      expect(audienceOf(inside, key, signalId).countInCohorts(0, 1)).toBe(inside.length)
    }),
  )
})

test('more accounts than were announced are an error, not a table without end', () => {
  const builder = new LargeAudienceBuilder({ signalId: 's1', accountCount: 1, key: { low: 1, high: 2 } })
  builder.add('ann')
  builder.add('ann')
  expect(() => builder.add('bob')).toThrow(RangeError)
})
