import type { Random } from '../clock.ts'

/**
 * A repeatable stream of numbers in [0, 1): mulberry32, full period 2^32. For tests and simulations, never for secrets.
 *
 * @param seed any integer; its low 32 bits count
 */
export function pretendRandom(seed: number): Random {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
