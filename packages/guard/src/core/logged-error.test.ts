import { Denied } from '@tidegate/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { loggedError } from './logged-error.ts'

test('of an error its class, code, place and causes stay, and its own words only where ids may be read', () => {
  const cause = Object.assign(new TypeError('no mailbox of ann'), { code: '23505', detail: 'Key (account_id)=(ann)' })
  const error = new Error('Cannot read figures of ann', { cause })
  const hidden = loggedError(error, 'hidden')
  expect(hidden).toMatchObject({ name: 'Error', causes: [{ name: 'TypeError', code: '23505' }] })
  expect(hidden.at?.[0]).toMatch(/logged-error\.test\.ts:\d+:\d+$/)
  expect(JSON.stringify(hidden)).not.toContain('ann')
  expect(loggedError(error, 'clear')).toMatchObject({
    message: 'Cannot read figures of ann',
    causes: [{ message: 'no mailbox of ann', detail: 'Key (account_id)=(ann)' }],
  })
})

test('several errors in one, denials, and what is no error are described too', () => {
  const several = new AggregateError([new RangeError('a'), new Denied({ kind: 'wrong-account' })], 'two')
  expect(loggedError(several, 'hidden')).toMatchObject({
    name: 'AggregateError',
    causes: [{ name: 'RangeError' }, { name: 'Denied', code: 'wrong-account' }],
  })
  expect([loggedError('ann', 'hidden'), loggedError(undefined, 'hidden')]).toEqual([
    { name: 'string' },
    { name: 'undefined' },
  ])
})

test('a chain of causes without an end is cut off', () => {
  const error = new Error('again')
  error.cause = error
  expect(JSON.stringify(loggedError(error, 'hidden')).length).toBeLessThan(10_000)
})

test('whatever an id is made of, and wherever in an error it stands, nothing of it stays', () => {
  const id = fc.oneof(
    fc.string({ minLength: 6, maxLength: 60, unit: 'grapheme' }).filter((text) => text.trim().length > 5),
    fc.uuid().map((uuid) => `x\n    at ${uuid} (/srv/${uuid}.ts:1:2)\n    at file:///${uuid}.ts:3:4`),
  )
  fc.assert(
    fc.property(id, fc.boolean(), (mark, isRenamed) => {
      const error = Object.assign(new Error(`about ${mark}`, { cause: mark }), { detail: mark, code: mark, path: mark })
      if (isRenamed) error.name = mark
      const told = JSON.stringify(loggedError(error, 'hidden'))
      for (const part of mark.split('\n').filter(({ length }) => length > 5))
        expect(told).not.toContain(JSON.stringify(part).slice(1, -1))
    }),
  )
})
