/** What was observed of one level during a window. */
export interface LevelWindow {
  readonly level: string
  /** Operations that ended, and those that were under way all the time. */
  readonly count: number
  /** Of `count`: those that failed, timeouts included. */
  readonly errorCount: number
  /** Of `errorCount`: those that took longer than the longest they may, ended or not. */
  readonly timeoutCount: number
  /** Of `count`: those that said whether the cache had it. Both 0 where nobody says. */
  readonly hitCount: number
  readonly missCount: number
  /** The 99th percentile, from the moment somebody asked; null without operations. */
  readonly latencyMs: number | null
  /** What that percentile is at least, but for chance: of 100 operations the slowest alone is no news. Null without operations. */
  readonly latencyAtLeastMs: number | null
}

/** How a resource did for a while, as the host app's own work saw it. */
export interface ObservationWindow {
  readonly resourceId: string
  /** Both on the clock of whoever judges the window. */
  readonly startedAtMs: number
  readonly endedAtMs: number
  readonly levels: readonly LevelWindow[]
  /** Under way when it ended. */
  readonly inFlightCount: number
  /** Of the time operations took, what they spent waiting in queues of the host's own, 0..1; null where nobody says. */
  readonly queuedRatio: number | null
  /** Of what the resource's limit allowed, what was used, from 0; null when nobody knows. */
  readonly usedRatio: number | null
}

/** Of the lookups, those that the cache could answer, 0..1; null when there were none. */
export function hitRatioOf({ levels }: Pick<ObservationWindow, 'levels'>): number | null {
  const hitCount = levels.reduce((sum, level) => sum + level.hitCount, 0)
  const missCount = levels.reduce((sum, level) => sum + level.missCount, 0)
  return hitCount + missCount === 0 ? null : hitCount / (hitCount + missCount)
}
