import { MAX_COMPLETED_SIGNALS, MAX_TOLD_SIGNALS, type Signal } from '@tidegate/protocol'
import type { CompletedSignal } from '../cache.ts'

/**
 * An answer tells of the newest signals only. Once those of a full one are completed, the question names them, so that the
 * next answer tells what is older: each signal in force is heard, up to the two limits together.
 */
export class FullAnswers {
  /** What full answers told, by id. */
  readonly #told = new Map<string, number>()

  /** What the next question names. */
  leftOut(completed: readonly CompletedSignal[]): readonly CompletedSignal[] {
    return completed
      .filter(({ signalId, version }) => this.#told.get(signalId) === version)
      .slice(0, MAX_COMPLETED_SIGNALS)
  }

  /**
   * Takes an answer in.
   *
   * @param leftOut what its question named
   * @returns whether there may be more to hear, once what it tells is completed
   */
  hear(
    signals: readonly Signal[],
    leftOut: readonly CompletedSignal[],
    ended: { readonly completed: readonly CompletedSignal[]; readonly setAside: readonly CompletedSignal[] },
  ): boolean {
    const isCompleted = (signal: Signal) => has(ended.completed, signal)
    if (signals.length < MAX_TOLD_SIGNALS) {
      // All is heard; by the next question there may be other ones.
      if (signals.every(isCompleted)) this.#told.clear()
      return false
    }
    for (const { signalId, version } of signals) this.#told.set(signalId, version)
    if (leftOut.length >= MAX_COMPLETED_SIGNALS) return false
    // One that was named and is told all the same comes from a guard that does not know how to leave it out.
    return signals.some((signal) => (isCompleted(signal) ? !has(leftOut, signal) : !has(ended.setAside, signal)))
  }
}

function has(signals: readonly CompletedSignal[], { signalId, version }: Signal): boolean {
  return signals.some((each) => each.signalId === signalId && each.version === version)
}
