/** A crowd that is told at once, of a revoke for instance, asks spread over so long. */
export const HINT_SPREAD_MS = 2_000
/** Shortest time between two questions that hints are the reason for, however many come. */
export const HINT_SPACING_MS = 5_000

/** When the guard is to be asked because of a hint, and when it last was. */
export interface HintPace {
  /** Null: nothing was heard since. */
  readonly dueAtMs: number | null
  readonly askedAtMs: number | null
}

export const NO_HINT_YET: HintPace = { dueAtMs: null, askedAtMs: null }

/**
 * A hint was heard. One more while a question is due already is nothing: the same object comes back.
 *
 * @param at.chance in [0, 1)
 */
export function hintHeard(pace: HintPace, at: { readonly nowMs: number; readonly chance: number }): HintPace {
  if (pace.dueAtMs !== null) return pace
  const earliestMs = pace.askedAtMs === null ? at.nowMs : Math.max(at.nowMs, pace.askedAtMs + HINT_SPACING_MS)
  return { ...pace, dueAtMs: earliestMs + Math.floor(at.chance * HINT_SPREAD_MS) }
}

/** The question that was due is asked. */
export function hintAnswered(nowMs: number): HintPace {
  return { dueAtMs: null, askedAtMs: nowMs }
}
