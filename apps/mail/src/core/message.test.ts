import { expect, test } from 'vitest'
import { displayName, fullAddress } from './message.ts'

test('somebody is shown by name, else by address, and a mail from nobody says so', () => {
  expect(displayName({ name: 'Ada', address: 'ada@example.org' })).toBe('Ada')
  expect(displayName({ name: '', address: 'ada@example.org' })).toBe('ada@example.org')
  expect(displayName(null)).toBe('Unknown sender')
  expect(fullAddress({ name: 'Ada', address: '' })).toBe('Ada')
})
