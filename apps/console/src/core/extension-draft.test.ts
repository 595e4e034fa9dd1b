import { expect, test } from 'vitest'
import { describeExtension, readExtension } from './extension-draft.ts'

const live = { expiresInMs: 6 * 86_400_000, windowMs: 7_200_000 }

test('an empty field stays as it is, and two empty ones are nothing to decide', () => {
  expect(readExtension({ expiry: ' ', window: '' }, live)).toEqual({ kind: 'empty' })
  expect(readExtension({ expiry: '', window: '8 h' }, live)).toEqual({
    kind: 'extension',
    extension: { windowMs: 28_800_000 },
  })
})

test('what is not longer than it is, or no length of time, is told at its field', () => {
  expect(readExtension({ expiry: '6 d', window: 'long' }, live)).toEqual({
    kind: 'errors',
    errors: { expiry: 'Longer than 6 d', window: 'Write a length of time, as in 8 h or 10 d' },
  })
})

test('without a plan there is no window to stretch', () => {
  expect(readExtension({ expiry: '7 d', window: '8 h' }, { ...live, windowMs: null })).toEqual({
    kind: 'extension',
    extension: { expiresInMs: 604_800_000 },
  })
})

test('an extension says what clients get of it', () => {
  expect(describeExtension({ expiresInMs: 7 * 86_400_000, windowMs: 28_800_000 }, live)).toBe(
    'Turns that are still ahead move later, by 6 h at most; none comes earlier. Whoever is fetching goes on. Clients that come back up to 1 d later still hear of it.',
  )
})
