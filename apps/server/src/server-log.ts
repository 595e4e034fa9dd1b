import { type GuardLog, type Logger, type LogIds, loggerOf } from '@tidegate/guard'

/** What the server logs beside its guard. */
export const SERVER_LOG_EVENTS = {
  'request.failed': { level: 'error', message: 'Cannot answer a request; it was answered 500' },
  'migration.unread': {
    level: 'error',
    message: 'A migration was committed, and what became of its signals is not known',
  },
  'store.connection-lost': { level: 'warn', message: 'A connection to the store broke while nobody used it' },
  'server.failed': { level: 'error', message: 'Cannot go on; --log-ids clear shows in its own words why' },
} as const

export type ServerLog = Logger<keyof typeof SERVER_LOG_EVENTS>

/** With the care of the guard's own log: nothing of an error that may name an account, unless ids may be read. */
export function serverLog(log: GuardLog, ids: LogIds): ServerLog {
  return loggerOf({ events: SERVER_LOG_EVENTS, log, ids, nowMs: () => performance.now() })
}
