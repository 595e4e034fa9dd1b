import type { ClientMode, GuardMode } from '@tidegate/protocol'
import { CliError, EXIT_CODES } from '../cli-error.ts'
import type { Connection } from '../edge/connect.ts'
import type { Outcome } from '../outcome.ts'

export interface ModesFlags {
  readonly guard?: GuardMode
  readonly client?: ClientMode
  readonly reason: string
}

/** Switches the guard, or every client in the field with its next answer. */
export async function modes(connection: Connection, flags: ModesFlags): Promise<Outcome> {
  const { guard: guardMode, client: clientMode, reason } = flags
  if (guardMode === undefined && clientMode === undefined) {
    throw new CliError('Cannot switch: --guard or --client is required')
  }
  const answer = await connection.call((guard) =>
    guard.setModes.mutate({ ...(guardMode && { guardMode }), ...(clientMode && { clientMode }), reason }),
  )
  return {
    exitCode: EXIT_CODES.ok,
    json: answer,
    lines: [`guard ${answer.guardMode}, clients ${answer.clientMode}`],
  }
}
