import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { LargeAudience } from '@tidegate/guard/testing'
import { type BenchOptions, type Measured, median } from '../bench-result.ts'
import { MILLION, millionAccounts } from '../million-accounts.ts'

const BOUND_MB = 40

/** `audience-memory`: what a node holds of a million-account audience, heap and buffers after a garbage collection, in MB. */
export async function audienceMemory({ rounds = 5 }: BenchOptions): Promise<Measured> {
  setFlagsFromString('--expose-gc')
  const collectGarbage: () => void = runInNewContext('gc')
  const retainedMb = () => {
    for (let pass = 0; pass < 4; pass++) collectGarbage()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return (heapUsed + arrayBuffers) / 1e6
  }
  const measured: number[] = []
  // All of them stay, or a round would be credited with what the one before gives back.
  const held: LargeAudience[] = []
  for (let round = 0; round < rounds; round++) {
    const beforeMb = retainedMb()
    held.push(millionAccounts(`signal-${round}`))
    measured.push(retainedMb() - beforeMb)
  }
  if (held.some(({ size }) => size !== MILLION)) throw new Error('Cannot measure: an audience is not whole')
  const value = median(measured)
  return {
    id: 'audience-memory',
    what: 'a million-account audience in a node’s memory',
    value,
    unit: 'MB',
    bound: BOUND_MB,
    holds: value <= BOUND_MB,
    n: rounds,
    min: Math.min(...measured),
    max: Math.max(...measured),
    rounds: measured.map((mb) => ({ mb })),
  }
}
