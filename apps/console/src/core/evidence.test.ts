import { expect, test } from 'vitest'
import { describeEvidence } from './evidence.ts'

test.each([
  ['resetSpacingMs', 86_400_000, { name: 'reset spacing', value: '1 d' }],
  ['leftBytes', 180_000_000, { name: 'left', value: '180 MB' }],
  ['creditBytesPerResource', 180_000_000, { name: 'credit per resource', value: '180 MB' }],
  ['failureRatio', 0.02, { name: 'failure', value: '2%' }],
  ['audienceAccountCount', 5001, { name: 'audience account count', value: '5,001' }],
  ['isRegistered', false, { name: 'is registered', value: 'no' }],
  ['declared', 'messages', { name: 'declared', value: 'messages' }],
])('evidence %s reads in words and in its unit', (name, value, expected) => {
  expect(describeEvidence(name, value)).toEqual(expected)
})
