import { besidePeers, decisionRounds } from '../admission-rounds.ts'
import { type BenchOptions, type Measured, median } from '../bench-result.ts'

const BOUND = 5_000_000

/** `admit`: operations that are let through and settled, in decisions per second and core. */
export async function admit({ rounds = 21 }: BenchOptions): Promise<Measured> {
  const measured = await decisionRounds('admit', rounds)
  const rates = measured.map(({ ours }) => ours)
  const value = median(rates)
  return {
    id: 'admit',
    what: 'operations admitted at the interactive level and settled, by ten thousand accounts',
    value,
    unit: 'per second of one core',
    bound: BOUND,
    holds: value >= BOUND,
    n: rates.length,
    min: Math.min(...rates),
    max: Math.max(...rates),
    why: besidePeers(measured),
    rounds: measured,
  }
}
