import { type BenchOptions, type Measured, speedRatio } from '../bench-result.ts'
import { inForceRounds } from '../in-force-rounds.ts'

/** `in-force-million`: the same questions with a million-account audience in the node's memory, as a multiple of the speed without. */
export async function inForceMillion({ rounds = 21 }: BenchOptions): Promise<Measured> {
  const measured = inForceRounds(rounds)
  return speedRatio(
    {
      id: 'in-force-million',
      what: 'the questions of in-force-outside with an approved signal for a million other accounts in memory',
      bound: 0.5,
      peer: 'the same node without that signal',
    },
    measured.map((each) => ({ oursMs: 1000 / each.withPerSecond, peerMs: 1000 / each.withoutPerSecond })),
  )
}
