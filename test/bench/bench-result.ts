/** What a benchmark found, in the form that `pnpm bench … --json` prints. */
export interface BenchResult {
  /** As the issue that asked for it spells it; the file of the benchmark is called the same. */
  readonly id: string
  readonly what: string
  /** A median, or a ratio of medians. */
  readonly value: number
  readonly unit: string
  /** The target, in the same unit. */
  readonly bound: number
  readonly holds: boolean
  /** Rounds, or calls in all of them. */
  readonly n: number
  readonly min: number
  readonly max: number
  /** What a team would use instead, where `value` is measured against it. */
  readonly peer?: string
  /** Why it could not be measured, or what has to be known to read it. */
  readonly why?: string
}

/** What one round measured, kept beside the result. */
export type Round = Readonly<Record<string, number>>

export interface Measured extends BenchResult {
  readonly rounds?: readonly Round[]
}

export interface BenchOptions {
  /** How many rounds, where the benchmark's own number is not wanted. */
  readonly rounds?: number
}

export type Benchmark = (options: BenchOptions) => Promise<Measured | readonly Measured[]>

/**
 * How fast ours is, with the peer's speed as 1: median over median, from rounds in which both took turns; smallest and
 * largest are those of single rounds.
 */
export function speedRatio(
  about: Pick<BenchResult, 'id' | 'what' | 'bound' | 'peer' | 'why'>,
  rounds: readonly { readonly oursMs: number; readonly peerMs: number }[],
): Measured {
  const ratios = rounds.map(({ oursMs, peerMs }) => peerMs / oursMs)
  const value = median(rounds.map(({ peerMs }) => peerMs)) / median(rounds.map(({ oursMs }) => oursMs))
  return {
    ...about,
    value,
    unit: '× as fast',
    holds: value >= about.bound,
    n: rounds.length,
    min: Math.min(...ratios),
    max: Math.max(...ratios),
    rounds: rounds.map((round) => ({ ...round })),
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

export async function msOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = process.hrtime.bigint()
  await work()
  return Number(process.hrtime.bigint() - startedAt) / 1e6
}
