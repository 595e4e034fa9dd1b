import type { LoggedError } from '../core/logged-error.ts'

export type LogLevel = 'info' | 'warn' | 'error'

/** One thing that happened, for whoever runs the guard. */
export interface LogEntry {
  readonly level: LogLevel
  /** A stable name, to search and alert by: see `LOG_EVENTS`. */
  readonly event: string
  /** The same as a sentence; it may change. */
  readonly message: string
  /** Figures with their unit in the name. Accounts under an alias, unless the host wants them in clear. */
  readonly fields: Readonly<Record<string, string | number | boolean | null>>
  readonly error?: LoggedError
}

/** What a guard tells its host of things that have no caller, or that a caller must not read. */
export type GuardLog = (entry: LogEntry) => void

/** Everything that a guard logs. Names stay as they are: people alert on them. */
export const LOG_EVENTS = {
  'loop.failed': { level: 'error', message: 'A loop of this node failed; it goes on trying' },
  'loop.recovered': { level: 'info', message: 'A loop of this node works again' },
  'call.failed': { level: 'error', message: 'Cannot answer a call: something failed inside the guard or its source' },
  'ledger.call-failed': { level: 'error', message: 'Cannot reach the ledger for a call' },
  'ledger.listen-failed': { level: 'warn', message: 'Cannot listen for decisions, so they are only asked for' },
  'ledger.decision-unread': { level: 'warn', message: 'A decision was taken, and the ledger cannot be read after it' },
  'ledger.epoch-began': {
    level: 'error',
    message: 'The ledger is another than it was; look for what was decided since it was saved',
  },
  'ledger.epoch-followed': { level: 'warn', message: 'The ledger is in a new epoch, which another node began' },
  'node.clock-off': {
    level: 'warn',
    message: "This machine's clock was not the ledger's; the node goes by the ledger's",
  },
  'share.changed': { level: 'info', message: 'This node is given its part of the resources' },
  'share.lost': {
    level: 'warn',
    message: 'This node has its safe part of the resources at most; people and deliveries pass, resyncs wait',
  },
  'egress.errand-failed': {
    level: 'error',
    message: 'Cannot write something down for an old client, so its flags wait',
  },
  'egress.page-failed': { level: 'error', message: 'Cannot screen a page of an event stream; it was answered 500' },
} as const satisfies Record<string, { readonly level: LogLevel; readonly message: string }>

export type LogEvent = keyof typeof LOG_EVENTS
