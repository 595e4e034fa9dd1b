import { Denied } from '@tidegate/protocol'

/** Whether ids of accounts and clients may stand in a log as they are. */
export type LogIds = 'hidden' | 'clear'

/** Something thrown, as it stands in a log. */
export interface LoggedError {
  /** The class that it is of; `string` and the like for what is no error. */
  readonly name: string
  /** SQLSTATE, a code of Node such as `ECONNREFUSED`, or the kind of a denial. */
  readonly code?: string
  /** Where it was made: files with line and column, the innermost first. */
  readonly at?: readonly string[]
  /** What made it happen: its cause, or what an `AggregateError` holds. */
  readonly causes?: readonly LoggedError[]
  /** Its own words, and PostgreSQL's detail. Only where ids may be read. */
  readonly message?: string
  readonly detail?: string
}

const MAX_PLACES = 8
const MAX_CAUSES = 5
const MAX_DEPTH = 4
const MAX_TEXT_LENGTH = 2_000

/**
 * Describes something thrown for a log. With ids `hidden` nothing of it is kept that data can get into: a message may
 * quote anything (PostgreSQL's do, and so do the host app's), so messages go as a whole, while class, code and place stay.
 */
export function loggedError(thrown: unknown, ids: LogIds): LoggedError {
  return described(thrown, ids, 1)
}

function described(thrown: unknown, ids: LogIds, depth: number): LoggedError {
  if (!(thrown instanceof Error)) {
    return ids === 'hidden' ? { name: typeof thrown } : { name: typeof thrown, message: textOf(thrown) }
  }
  const code = codeOf(thrown)
  const at = placesOf(thrown)
  const causes = depth < MAX_DEPTH ? causesOf(thrown).map((cause) => described(cause, ids, depth + 1)) : []
  return {
    // Of the class and not `name`, which anybody may set to anything.
    name: thrown.constructor.name.slice(0, 100),
    ...(code !== null && { code }),
    ...(ids === 'clear' && { message: textOf(thrown.message), ...detailOf(thrown) }),
    ...(at.length > 0 && { at }),
    ...(causes.length > 0 && { causes }),
  }
}

function codeOf(error: Error): string | null {
  if (error instanceof Denied) return error.denial.kind
  const code = 'code' in error ? error.code : null
  return typeof code === 'string' && /^([0-9A-Z]{5}|E[A-Z]{2,30}|ERR_[A-Z0-9_]{1,60})$/.test(code) ? code : null
}

function detailOf(error: Error): { readonly detail?: string } {
  return 'detail' in error && typeof error.detail === 'string' ? { detail: textOf(error.detail) } : {}
}

/** The stack begins with the message, in which a line may look like a place: what cannot be told from it is left out. */
function placesOf({ stack = '', message }: Error): readonly string[] {
  const from = stack.indexOf(message)
  if (from < 0) return []
  const lines = stack.slice(from + message.length).split('\n')
  const places = lines.flatMap(
    (line) => /^ {4}at .*?\(?((?:file:|node:|\/|[A-Za-z]:\\)[^()]*:\d+:\d+)\)?$/.exec(line)?.[1] ?? [],
  )
  return places.slice(0, MAX_PLACES)
}

function causesOf(error: Error): readonly unknown[] {
  const several = error instanceof AggregateError ? error.errors.slice(0, MAX_CAUSES) : []
  return error.cause === undefined ? several : [error.cause, ...several]
}

function textOf(value: unknown): string {
  return String(value).slice(0, MAX_TEXT_LENGTH)
}
