/**
 * MurmurHash3_x86_32 over the UTF-16LE bytes of `text`: what any other implementation of that hash gives for those bytes.
 *
 * Not cryptographic, on purpose: a position spreads a crowd, it guards nothing, and SHA-256 would cost ten times as much.
 * The constants are those of Austin Appleby's public-domain reference (MurmurHash3.cpp, 2011).
 *
 * @param text up to 2^30 UTF-16 code units
 * @param seed unsigned 32-bit integer
 * @returns an unsigned 32-bit integer
 */
export function murmur3(text: string, seed: number): number {
  let hash = seed | 0
  const length = text.length
  const pairs = length & ~1
  for (let at = 0; at < pairs; at += 2) {
    let block = Math.imul(text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16), 0xcc9e2d51)
    block = Math.imul((block << 15) | (block >>> 17), 0x1b873593)
    hash ^= block
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0
  }
  if (pairs !== length) {
    const tail = Math.imul(text.charCodeAt(pairs), 0xcc9e2d51)
    hash ^= Math.imul((tail << 15) | (tail >>> 17), 0x1b873593)
  }
  hash ^= length << 1
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
