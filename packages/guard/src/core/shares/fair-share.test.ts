import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fairShare } from './fair-share.ts'

test('who wants little gets it, and the rest is divided among those who want more', () => {
  expect(fairShare(90, 10, [100, 100])).toBe(10)
  expect(fairShare(90, 100, [10, 100])).toBe(40)
})

test('what nobody wants is divided evenly, so that who wants more next need not wait', () => {
  expect(fairShare(90, 0, [0, 30])).toBe(20)
  expect(fairShare(90, 30, [0, 0])).toBe(50)
})

test('nothing to divide gives nobody anything', () => {
  expect(fairShare(-5, 100, [100])).toBe(0)
})

test('G4: shares never add up to more than there is, leave less than one unit each undivided, and are max-min fair', () => {
  fc.assert(
    fc.property(fc.nat(10_000), fc.array(fc.nat(5_000), { minLength: 1, maxLength: 9 }), (divisible, wants) => {
      const shares = wants.map((want, at) => fairShare(divisible, want, wants.toSpliced(at, 1)))
      const given = shares.reduce((sum, share) => sum + share, 0)
      expect(given).toBeLessThanOrEqual(divisible)
      expect(given).toBeGreaterThan(divisible - wants.length)
      const most = Math.max(...shares)
      wants.forEach((want, at) => {
        // One unit: shares are whole numbers.
        if ((shares[at] ?? 0) < want) expect(shares[at]).toBeGreaterThanOrEqual(most - 1)
      })
    }),
  )
})
