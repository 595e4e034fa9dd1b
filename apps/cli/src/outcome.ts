import type { ExitCode } from './cli-error.ts'

/** What a command did: the same thing as one JSON object and as lines for people. */
export interface Outcome {
  readonly exitCode: ExitCode
  readonly json: object
  readonly lines: readonly string[]
}
