import { besidePeers, decisionRounds } from '../admission-rounds.ts'
import { type BenchOptions, type Measured, median } from '../bench-result.ts'

/** `deny`: how fast a refusal is, with an admission as 1: both measured here, round by round. */
export async function deny({ rounds = 21 }: BenchOptions): Promise<Measured> {
  const denied = await decisionRounds('deny', rounds)
  const admitted = await decisionRounds('admit', rounds)
  const ratios = denied.map(({ ours }, at) => ours / (admitted[at]?.ours ?? Number.NaN))
  const value = median(denied.map(({ ours }) => ours)) / median(admitted.map(({ ours }) => ours))
  return {
    id: 'deny',
    what: 'operations refused, with the time to come back, against operations admitted',
    value,
    unit: '× as fast',
    bound: 1,
    holds: value >= 1,
    n: ratios.length,
    min: Math.min(...ratios),
    max: Math.max(...ratios),
    why: `Refusing is ${besidePeers(denied)}`,
    rounds: denied,
  }
}
