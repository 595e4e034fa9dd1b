import type { AccountId } from '@tidegate/protocol'
import { type LogIds, loggedError } from '../core/logged-error.ts'
import type { GuardLog, LogEntry, LogEvent, LogLevel } from './guard-log.ts'

/** What an entry is about, beside its event. */
export interface LogAbout {
  readonly fields?: LogEntry['fields']
  /** Written under its alias unless ids may be read. */
  readonly accountId?: AccountId
  /** Something thrown. */
  readonly error?: unknown
}

/** Tells one thing that is in a table of events. Never throws. */
export type Logger<Event extends string> = (event: Event, about?: LogAbout) => void
export type NodeLog = Logger<LogEvent>

export interface LoggerOptions<Event extends string> {
  /** Every event with its level and its sentence. */
  readonly events: Readonly<Record<Event, { readonly level: LogLevel; readonly message: string }>>
  readonly log: GuardLog
  readonly ids: LogIds
  /** Monotonic milliseconds. */
  readonly nowMs: () => number
  /** A name for an account that leads nowhere. Default: accounts are left out. */
  readonly alias?: (accountId: AccountId) => string
}

/** Entries of one event in one stretch of time: enough to see what is wrong. What fails does so for every client at once. */
const MAX_ENTRIES = 20
const STRETCH_MS = 10_000

/**
 * The way by which a node logs, and a host may. Nothing passes it that names an account or a client, unless the host says
 * so; of a storm of one event twenty entries are told in ten seconds, and the next one says how many were not.
 */
export function loggerOf<Event extends string>(options: LoggerOptions<Event>): Logger<Event> {
  const { events, log, ids, nowMs, alias = () => null } = options
  const stretches = new Map<Event, { beganAtMs: number; entryCount: number; suppressedCount: number }>()

  /** @returns how many were left out before this one, or null when it is left out too */
  const admitted = (event: Event): number | null => {
    const atMs = nowMs()
    const known = stretches.get(event)
    if (known && atMs - known.beganAtMs < STRETCH_MS) {
      known.entryCount += 1
      if (known.entryCount <= MAX_ENTRIES) return 0
      known.suppressedCount += 1
      return null
    }
    stretches.set(event, { beganAtMs: atMs, entryCount: 1, suppressedCount: 0 })
    return known?.suppressedCount ?? 0
  }

  return (event, { fields = {}, accountId, error } = {}) => {
    const suppressedCount = admitted(event)
    if (suppressedCount === null) return
    try {
      log({
        ...events[event],
        event,
        fields: {
          ...fields,
          ...(accountId !== undefined && { account: ids === 'clear' ? accountId : alias(accountId) }),
          ...(suppressedCount > 0 && { suppressedCount }),
        },
        ...(error !== undefined && { error: loggedError(error, ids) }),
      })
    } catch {
      // A log that fails has nobody left to tell, and must not take down what it was told of.
    }
  }
}
