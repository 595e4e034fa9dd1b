import { EXIT_CODES } from '../cli-error.ts'
import { holdsText, statusText } from '../core/status-text.ts'
import type { Connection } from '../edge/connect.ts'
import type { Outcome } from '../outcome.ts'

/** What waits for a person. */
export async function holds(connection: Connection): Promise<Outcome> {
  const { causes, guardMode } = await connection.call((guard) => guard.status.query({ onlyHeld: true }))
  return { exitCode: EXIT_CODES.ok, json: { causes }, lines: holdsText({ causes, guardMode }) }
}

/** Everything at a glance. */
export async function status(connection: Connection): Promise<Outcome> {
  const answer = await connection.call((guard) => guard.status.query({}))
  return { exitCode: EXIT_CODES.ok, json: answer, lines: statusText(answer) }
}
