import type { LoggedError } from '../core/logged-error.ts'
import type { GuardLog, LogEntry } from './guard-log.ts'

export interface LogLinesOptions {
  /** `json`, one object per line, for whatever collects logs; `text` for people. */
  readonly format: 'json' | 'text'
  /** Takes one line, without its end. Default: standard error. */
  readonly write?: (line: string) => void
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly nowMs?: () => number
}

/** A log that writes one line per entry. */
export function logLines({ format, write = toStandardError, nowMs = Date.now }: LogLinesOptions): GuardLog {
  const lineOf = format === 'json' ? jsonLine : textLine
  return (entry) => write(lineOf(new Date(nowMs()).toISOString(), entry))
}

/** What a guard logs to when its host says nothing: standard error, for people where it is a terminal. */
export function standardLog(): GuardLog {
  return logLines({ format: process.stderr.isTTY ? 'text' : 'json' })
}

function jsonLine(time: string, { level, event, message, fields, error }: LogEntry): string {
  return JSON.stringify({ time, level, event, message, ...fields, ...(error && { error }) })
}

function textLine(time: string, { level, event, message, fields, error }: LogEntry): string {
  const parts = Object.entries(fields).map(([name, value]) => `${name}=${shown(value)}`)
  const because = error ? [`because=${errorText(error)}`] : []
  return [time, level.padEnd(5), `${event}: ${message}`, ...parts, ...because].join('  ')
}

function errorText({ name, code, message, detail, at, causes }: LoggedError): string {
  const said = [message, detail].flatMap((text) => (text === undefined ? [] : [JSON.stringify(text)]))
  const place = at?.[0] === undefined ? [] : [`at ${at[0]}`]
  const own = [name, ...(code === undefined ? [] : [code]), ...said, ...place].join(' ')
  return causes ? `${own} (${causes.map(errorText).join(', ')})` : own
}

/** What holds a space or a line end is quoted: one entry is one line. */
function shown(value: string | number | boolean | null): string {
  return typeof value === 'string' && !/^[\w.:@/-]+$/.test(value) ? JSON.stringify(value) : String(value)
}

function toStandardError(line: string): void {
  process.stderr.write(`${line}\n`)
}
