/** What a guard tells its host of things that have no caller: a loop that failed, and that it works again. */
export type GuardLog = (entry: {
  readonly level: 'info' | 'error'
  readonly message: string
  readonly error?: unknown
}) => void

/** One line per entry on standard error. */
export const consoleLog: GuardLog = ({ level, message, error }) => {
  const cause = error instanceof Error ? `: ${error.message}` : error === undefined ? '' : `: ${String(error)}`
  console.error(`tidegate guard ${level}: ${message}${cause}`)
}
