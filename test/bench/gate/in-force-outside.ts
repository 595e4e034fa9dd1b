import { type BenchOptions, type Measured, median } from '../bench-result.ts'
import { inForceRounds } from '../in-force-rounds.ts'

/** `in-force-outside`: what is in force for a client that no signal means, in questions per second and core. */
export async function inForceOutside({ rounds = 21 }: BenchOptions): Promise<Measured> {
  const measured = inForceRounds(rounds)
  const rates = measured.map(({ withoutPerSecond }) => withoutPerSecond)
  const value = median(rates)
  return {
    id: 'in-force-outside',
    what: 'questions of clients outside every audience, two hundred signals held',
    value,
    unit: 'per second of one core',
    bound: 500_000,
    holds: value >= 500_000,
    n: rates.length,
    min: Math.min(...rates),
    max: Math.max(...rates),
    rounds: measured,
  }
}
