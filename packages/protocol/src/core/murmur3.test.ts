import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { murmur3 } from './murmur3.ts'

const Vectors = z.object({ murmur3: z.array(z.object({ text: z.string(), seed: z.int(), hash: z.int() })) })
const vectors = Vectors.parse(
  JSON.parse(readFileSync(new URL('../../vectors/positions.json', import.meta.url), 'utf8')),
).murmur3

test.each(vectors)('murmur3 of $text with seed $seed is what an independent implementation gives', (vector) => {
  expect(murmur3(vector.text, vector.seed)).toBe(vector.hash)
})

// Published for byte strings of even length, which are UTF-16LE texts too: SMHasher's values as listed by Ian Boyd,
// https://stackoverflow.com/a/31929528.
test.each([
  { bytes: '', seed: 0, hash: 0 },
  { bytes: '', seed: 1, hash: 0x514e28b7 },
  { bytes: '', seed: 0xffffffff, hash: 0x81f16f39 },
  { bytes: '0000', seed: 0, hash: 0x30f4c306 },
  { bytes: '00000000', seed: 0, hash: 0x2362f9de },
  { bytes: 'ffffffff', seed: 0, hash: 0x76293b50 },
  { bytes: '2143', seed: 0, hash: 0xa0f7b07a },
  { bytes: '21436587', seed: 0, hash: 0xf55b516b },
  { bytes: '21436587', seed: 0x5082edee, hash: 0x2362f9de },
  { bytes: '61616161', seed: 0x9747b28c, hash: 0x5a97808a },
])('murmur3 of the bytes $bytes with seed $seed is the published value', ({ bytes, seed, hash }) => {
  expect(murmur3(Buffer.from(bytes, 'hex').toString('utf16le'), seed)).toBe(hash)
})

test('every text and seed gives an unsigned 32-bit integer, and always the same', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(0xffffffff), (text, seed) => {
      const hash = murmur3(text, seed)
      expect(hash).toBe(hash >>> 0)
      expect(murmur3(`${text.slice(0, 1)}${text.slice(1)}`, seed)).toBe(hash)
    }),
  )
})
