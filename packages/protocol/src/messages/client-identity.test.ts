import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ClientIdentity, compareAppVersions, formatClientHeader, parseClientHeader } from './client-identity.ts'

const aClientId = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 128 })
  .filter((text) => /^[^\p{Cc}\p{Cs}\uFEFF]+$/u.test(text))
const anAppVersion = fc.array(fc.nat(999_999), { minLength: 1, maxLength: 4 }).map((numbers) => numbers.join('.'))
const anIdentity = fc
  .record({ clientId: aClientId, clientClass: fc.stringMatching(/^[a-z][a-z0-9-]{0,31}$/), appVersion: anAppVersion })
  .map((identity) => ClientIdentity.parse(identity))

test('what a client writes into its header is what the guard reads', () => {
  fc.assert(
    fc.property(anIdentity, (identity) => {
      const header = formatClientHeader(identity)
      expect(header).toMatch(/^[\x21-\x7e]+$/)
      expect(parseClientHeader(header)).toEqual(identity)
    }),
  )
})

test('the longest identity there is goes through the header', () => {
  const identity = ClientIdentity.parse({
    clientId: '🌊'.repeat(128),
    clientClass: 'c'.repeat(32),
    appVersion: '999999.999999.999999.999999',
  })
  const header = formatClientHeader(identity)
  expect(header).toHaveLength(1597)
  expect(parseClientHeader(header)).toEqual(identity)
})

test.each([
  ['absent', null],
  ['absent, as some frameworks say it', undefined],
  ['empty', ''],
  ['a part short', 'id;web'],
  ['a part long', 'id;web;1.0;extra'],
  ['an empty id', ';web;1.0'],
  ['a broken escape', '%E0%A4%A;web;1.0'],
  ['an escaped U+0000', 'a%00b;web;1.0'],
  ['a class in capitals', 'id;Web;1.0'],
  ['a version that is a word', 'id;web;latest'],
  ['longer than any identity', `${'a'.repeat(1590)};web;1.0`],
  ['huge', '%41'.repeat(1_000_000)],
])('a client whose header is %s is nobody', (_, header) => {
  expect(parseClientHeader(header)).toBeNull()
})

test('no header at all makes reading it throw', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (id, rest) => {
      const read = parseClientHeader(`${id};web;${rest}`)
      expect(read === null || read.clientClass === 'web').toBe(true)
    }),
  )
})

test('app versions are in one total order', () => {
  fc.assert(
    fc.property(anAppVersion, anAppVersion, anAppVersion, (a, b, c) => {
      expect(Math.sign(compareAppVersions(a, b))).toBe(-Math.sign(compareAppVersions(b, a)) + 0)
      expect(compareAppVersions(a, a)).toBe(0)
      const [low, middle, high] = [a, b, c].sort(compareAppVersions)
      expect(compareAppVersions(low ?? '', middle ?? '')).toBeLessThanOrEqual(0)
      expect(compareAppVersions(middle ?? '', high ?? '')).toBeLessThanOrEqual(0)
      expect(compareAppVersions(low ?? '', high ?? '')).toBeLessThanOrEqual(0)
    }),
  )
})

test.each([
  ['3.9', '3.10', -1],
  ['5.0.38', '5.0.4', 1],
  ['3', '3.0.0.0', 0],
  ['3.0.0.1', '3', 1],
  ['03.5', '3.5', 0],
])('version %s compared with %s gives %i', (left, right, sign) => {
  expect(Math.sign(compareAppVersions(left, right))).toBe(sign)
})
