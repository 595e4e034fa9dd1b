import { type NeverOverFigures, neverOver as play } from '../../load/never-over.ts'
import { type NeverOverPhase, PHASES } from '../../load/never-over-phases.ts'
import { type BenchOptions, type Measured, median } from '../bench-result.ts'

const FOR_MS = 31_000
/** Generators and guards together: above it, what was measured may be the machine. */
const MOST_CPU_SHARE = 0.6
const NAMES = Object.keys(PHASES) as NeverOverPhase[] // the keys of a table are what it is keyed by

/** `never-over-<phase>`, and what else shows while the phases are played: eight guard processes, each on its own fleet. */
export async function neverOver({ rounds = 1 }: BenchOptions): Promise<readonly Measured[]> {
  const played: NeverOverFigures[] = []
  for (let round = 0; round < rounds; round++) for (const name of NAMES) played.push(await play(name, FOR_MS))
  const of = (phase: NeverOverPhase) => played.filter((figures) => figures.phase === phase)
  const without = of('refused')
  const most = 'at-most'
  return [
    ...NAMES.map((name) =>
      figure(`never-over-${name}`, of(name), ({ heaviestSecond }) => heaviestSecond, {
        what: 'most bytes served in any second, on the clock of the storage',
        unit: '× (rate × 1 s + bucket)',
        bound: 1,
        side: most,
        why: `In any ten seconds ${told(of(name).map(({ heaviestTenSeconds }) => heaviestTenSeconds))} of that bound`,
      }),
    ),
    figure('used-healthy', of('healthy'), ({ usedShare }) => usedShare, {
      what: 'bytes served while the store is well, of what may be',
      unit: '× the rate',
      bound: 0.9,
      side: 'at-least',
    }),
    figure('served-without-store', without, ({ settledShare }) => settledShare, {
      what: 'bytes served from 10 s after the store was lost, by all of eight nodes',
      unit: '× the rate',
      bound: 0.2,
      side: 'at-least',
    }),
    figure('store-ops', played, ({ mostAsksPerSecond }) => mostAsksPerSecond, {
      what: 'most asks of the store by a node within a second, in any phase',
      unit: 'per node, resource and second',
      bound: 1,
      side: most,
    }),
    figure('store-latency', played, ({ longestDecisionMs }) => longestDecisionMs, {
      what: 'longest that a client waited for a yes or a no, whatever the store did',
      unit: 'ms',
      bound: 50,
      side: most,
      why: `Of ${played.reduce((sum, { decisionCount }) => sum + decisionCount, 0).toLocaleString('en')} decisions`,
    }),
  ]
}

function figure(
  id: string,
  from: readonly NeverOverFigures[],
  pick: (figures: NeverOverFigures) => number,
  about: Pick<Measured, 'what' | 'unit' | 'bound' | 'why'> & { readonly side: 'at-most' | 'at-least' },
): Measured {
  const { side, why, ...rest } = about
  const values = from.map(pick)
  const [min, max] = [Math.min(...values), Math.max(...values)]
  const cpuShare = Math.max(...from.map((figures) => figures.cpuShare))
  const cpu = `Everything together took ${told([cpuShare])} of the processors${cpuShare > MOST_CPU_SHARE ? ', which is too much to judge by' : ''}`
  return {
    id,
    ...rest,
    // What must never be is judged by the worst round.
    value: side === 'at-most' ? max : median(values),
    holds: (side === 'at-most' ? max <= about.bound : median(values) >= about.bound) && cpuShare <= MOST_CPU_SHARE,
    n: values.length,
    min,
    max,
    why: why === undefined ? cpu : `${why}. ${cpu}`,
    rounds: from.map(({ phase: _, ...figures }) => figures),
  }
}

function told(ratios: readonly number[]): string {
  return ratios.map((ratio) => ratio.toFixed(2)).join(', ')
}
