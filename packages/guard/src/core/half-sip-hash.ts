/** A key of {@link halfSipHash}: two unsigned 32-bit integers that nobody outside the process can know. */
export interface HashKey {
  readonly low: number
  readonly high: number
}

/**
 * HalfSipHash-2-4 with 64 bits of output, over the UTF-16LE bytes of `text`: a keyed hash, so whoever does not know the
 * key cannot aim at a collision. Constants and rounds are those of the reference (Aumasson and Bernstein, `halfsiphash.c`).
 *
 * @param out gets the result as two 32-bit integers, the low one first; handed in, because a call per account must not
 * leave garbage
 */
export function halfSipHash(text: string, key: HashKey, out: Int32Array): void {
  let v0 = key.low | 0
  let v1 = key.high ^ 0xee // 0xee: 64 bits of output are wanted
  let v2 = key.low ^ 0x6c796765
  let v3 = key.high ^ 0x74656462
  const length = text.length
  const blockCount = (length >> 1) + 1
  let at = 0
  for (let block = 0; block < blockCount + 2; block++) {
    let word = 0
    let rounds = 2
    if (block < blockCount - 1) {
      word = text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16)
      at += 2
    } else if (block === blockCount - 1) {
      // The last block holds what is left of the text, and its length in bytes.
      word = (length << 25) | (at < length ? text.charCodeAt(at) : 0)
    } else {
      rounds = 4
      if (block === blockCount) v2 ^= 0xee
      else v1 ^= 0xdd
    }
    v3 ^= word
    for (let round = 0; round < rounds; round++) {
      v0 = (v0 + v1) | 0
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
      v0 = (v0 << 16) | (v0 >>> 16)
      v2 = (v2 + v3) | 0
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
      v0 = (v0 + v3) | 0
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
      v2 = (v2 + v1) | 0
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
      v2 = (v2 << 16) | (v2 >>> 16)
    }
    v0 ^= word
    if (block >= blockCount) out[block - blockCount] = v1 ^ v3
  }
}
