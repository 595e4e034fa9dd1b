/** What every command's exit code means. */
export const EXIT_CODES = { ok: 0, denied: 1, couldNotRun: 2, inconclusive: 3 } as const
export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES]

/** The command ends here. Its message is one line for whoever typed it. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly exitCode: ExitCode

  constructor(message: string, exitCode: ExitCode = EXIT_CODES.couldNotRun, options?: ErrorOptions) {
    super(message.replace(/\s*\n\s*/g, ' '), options)
    this.exitCode = exitCode
  }
}
