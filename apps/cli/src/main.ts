import { type Command, CommanderError } from 'commander'
import { CliError, EXIT_CODES } from './cli-error.ts'
import { printable } from './core/printable.ts'
import type { Outcome } from './outcome.ts'
import { createProgram } from './program.ts'

function finish({ exitCode, json, lines }: Outcome, isJson: boolean): void {
  process.stdout.write(isJson ? `${JSON.stringify(json)}\n` : `${printable(lines.join('\n'))}\n`)
  process.exitCode = exitCode
}

/** One line on stderr, whatever it was; with --json, the object on stdout that was promised. */
function fail(message: string, exitCode: number): void {
  if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify({ error: message })}\n`)
  process.stderr.write(`tidegate: ${printable(message)}\n`)
  process.exitCode = exitCode
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)]
}

const program = createProgram(finish)
// An unknown flag or command is a mistake to be told in one line, never something to run without (K4).
for (const command of withSubcommands(program)) command.exitOverride().configureOutput({ outputError: () => undefined })
try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CliError) fail(error.message, error.exitCode)
  else if (!(error instanceof CommanderError)) throw error
  else if (error.exitCode !== 0) {
    const told = error.code === 'commander.help' ? 'a command is required' : error.message.replace(/^error: /, '')
    fail(`${told.replace(/\s*\n\s*/g, ' ')} (see tidegate --help)`, EXIT_CODES.couldNotRun)
  }
}
