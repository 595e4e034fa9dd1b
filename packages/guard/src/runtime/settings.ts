/** How a guard node works. Every field has a default; see {@link DEFAULT_SETTINGS}. */
export interface GuardSettings {
  /** How often the node reads the ledger's decisions, milliseconds, 10..500: twice that, and the reading, stays below the second in which a revoke must reach every node (G3). */
  readonly refreshMs: number
  /** How often waiting proposals get their verdict, milliseconds, >= 10. */
  readonly intakeMs: number
  /** How often stages are judged and expiries written down, milliseconds, >= 10. */
  readonly tickMs: number
  /** How often sightings of clients are written to the registry, milliseconds, >= 10. */
  readonly flushMs: number
  /** The most of a resource that one account may draw at once, (0, 1]. */
  readonly maxShareOfResource: number
  /** Payload bytes of one interactive fetch, >= 1; further items come back as deferred. */
  readonly interactivePageBytes: number
  /** Calls of one holder of a token that this node answers in the long run, per second, > 0. */
  readonly staffCallsPerSecond: number
  /** And at once, >= 1. */
  readonly staffCallBurst: number
  /** Clients that may wait for hints at this node at once, >= 0; 0 is none. Each is an open connection. */
  readonly maxHintListeners: number
}

/**
 * A revoke reaches a node's memory within 250 ms and a read of the ledger; a verdict comes within 250 ms of its
 * proposal; four accounts at least share a resource at a time; somebody who opens a folder gets at most 1 MiB at once;
 * a console that asks every second and a pipeline that registers a hundred causes are not slowed down, a loop without a pause is;
 * ten thousand open connections take some 200 MB of a process.
 */
export const DEFAULT_SETTINGS: GuardSettings = {
  refreshMs: 250,
  intakeMs: 250,
  tickMs: 1_000,
  flushMs: 1_000,
  maxShareOfResource: 0.25,
  interactivePageBytes: 1024 * 1024,
  staffCallsPerSecond: 20,
  staffCallBurst: 200,
  maxHintListeners: 10_000,
}

/** @throws RangeError naming the first setting that is out of its range */
export function checkedSettings(given: Partial<GuardSettings>): GuardSettings {
  const settings = { ...DEFAULT_SETTINGS, ...given }
  check('refreshMs', settings.refreshMs, 10, 500)
  check('intakeMs', settings.intakeMs, 10, Number.POSITIVE_INFINITY)
  check('tickMs', settings.tickMs, 10, Number.POSITIVE_INFINITY)
  check('flushMs', settings.flushMs, 10, Number.POSITIVE_INFINITY)
  check('maxShareOfResource', settings.maxShareOfResource, Number.MIN_VALUE, 1)
  check('interactivePageBytes', settings.interactivePageBytes, 1, Number.MAX_SAFE_INTEGER)
  check('staffCallsPerSecond', settings.staffCallsPerSecond, Number.MIN_VALUE, Number.MAX_SAFE_INTEGER)
  check('staffCallBurst', settings.staffCallBurst, 1, Number.MAX_SAFE_INTEGER)
  check('maxHintListeners', settings.maxHintListeners, 0, Number.MAX_SAFE_INTEGER)
  return settings
}

function check(name: string, value: number, least: number, most: number): void {
  if (value >= least && value <= most) return
  throw new RangeError(`Cannot make a guard: ${name} must be between ${least} and ${most}, got ${value}`)
}
