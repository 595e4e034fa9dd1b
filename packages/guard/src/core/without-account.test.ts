import fc from 'fast-check'
import { expect, test } from 'vitest'
import { withoutAccount } from './without-account.ts'

test('an account is written as its alias in message, stack and causes, and words that hold its letters stay', () => {
  const cause = new TypeError('no mailbox of ann@mail.test, nor "ann"')
  const told = withoutAccount(new Error('Cannot read annual figures of ann', { cause }), 'ann', 'account:1a2b3c4d')
  expect(told).toMatchObject({
    message: 'Cannot read annual figures of account:1a2b3c4d',
    cause: { name: 'TypeError', message: 'no mailbox of account:1a2b3c4d@mail.test, nor "account:1a2b3c4d"' },
  })
  expect(String(told instanceof Error && told.stack)).not.toMatch(/\bann\b/)
})

test('whatever characters an id is made of, it is found and nothing breaks', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 128, unit: 'grapheme' }), (accountId) => {
      expect(withoutAccount(`<${accountId}>`, accountId, 'X')).toBe('<X>')
    }),
  )
})
