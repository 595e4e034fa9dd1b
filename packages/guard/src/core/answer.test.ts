import { expect, test } from 'vitest'
import { ANSWER_VALID_MS, answerValidForMs, LEASE_TERM_BOUND_MS } from './answer.ts'

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
