import type { KeyId, RotateKey, SigningKeys } from '@tidegate/protocol'
import { EXIT_CODES } from '../cli-error.ts'
import { columns } from '../core/columns.ts'
import { momentText } from '../core/moment-text.ts'
import type { Connection } from '../edge/connect.ts'
import type { Outcome } from '../outcome.ts'

export interface RotateFlags {
  /** A length of time. */
  readonly activateIn: RotateKey['activateInMs']
  readonly reason: string
}

/** The signing keys of the ledger: public halves, oldest first. */
export async function listKeys(connection: Connection): Promise<Outcome> {
  return outcome(await connection.call((guard) => guard.signingKeys.query({})))
}

/** Announces a new signing key, which takes over later by itself. */
export async function rotateKey(connection: Connection, { activateIn, reason }: RotateFlags): Promise<Outcome> {
  return outcome(await connection.call((guard) => guard.rotateKey.mutate({ activateInMs: activateIn, reason })))
}

/** Says of a key that it was stolen. */
export async function revokeKey(
  connection: Connection,
  keyId: KeyId,
  { reason }: { readonly reason: string },
): Promise<Outcome> {
  return outcome(await connection.call((guard) => guard.revokeKey.mutate({ keyId, reason })))
}

function outcome(answer: SigningKeys): Outcome {
  const rows = answer.keys.map(({ keyId, state, endorsedBy, activatesAtMs, publicKey }) => [
    keyId,
    state === 'announced' ? `announced, signs from ${momentText(activatesAtMs)}` : state,
    endorsedBy === null ? '' : `endorsed by ${endorsedBy}`,
    publicKey,
  ])
  const embed = 'apps embed the keys that are active or announced'
  return { exitCode: EXIT_CODES.ok, json: answer, lines: [...columns(rows), embed] }
}
