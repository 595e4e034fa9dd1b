import { Cause, type CauseKind, type Manifest } from '@tidegate/protocol'
import { CliError, EXIT_CODES } from '../cli-error.ts'
import { bytesText, countOf } from '../core/figures.ts'
import { issuesText } from '../core/issues-text.ts'
import type { Connection } from '../edge/connect.ts'
import { readManifests } from '../edge/files.ts'
import type { Outcome } from '../outcome.ts'

export interface RegisterFlags {
  readonly title: string
  readonly kind: CauseKind
  readonly owner: string
  readonly manifest?: string
}

/** Announces a cause, so that it has a credit; with a manifest, so that what goes beyond it is held. */
export async function register(connection: Connection, causeId: string, flags: RegisterFlags): Promise<Outcome> {
  const manifest = flags.manifest === undefined ? undefined : await manifestFor(causeId, flags.manifest)
  const cause = readCause({ causeId, ...flags, manifest })
  const answer = await connection.call((guard) => guard.registerCause.mutate(cause))
  const { credit, isNew } = answer
  return {
    exitCode: EXIT_CODES.ok,
    json: { causeId, ...answer },
    lines: [
      `${isNew ? 'registered' : 'was registered already'}: ${causeId}, unapproved it may reach ${countOf(credit.accountCount, 'account')} and ${bytesText(credit.bytesPerResource)} per resource`,
    ],
  }
}

/** @throws CliError naming what does not fit */
export function readCause(cause: {
  readonly causeId: string
  readonly kind: CauseKind
  readonly title: string
  readonly owner: string
  readonly manifest?: Manifest | undefined
}): Cause {
  const { causeId, kind, title, owner, manifest } = cause
  const read = Cause.safeParse({ causeId, kind, title, owner, manifest })
  if (!read.success) throw new CliError(`Cannot register ${causeId}: ${issuesText(read.error)}`)
  return read.data
}

async function manifestFor(causeId: string, path: string): Promise<Manifest> {
  const manifests = await readManifests(path)
  const found = manifests.find((manifest) => manifest.causeId === causeId)
  if (found) return found
  const causeIds = manifests.map((manifest) => manifest.causeId).join(', ') || 'no cause'
  throw new CliError(`Cannot register ${causeId}: ${path} is about ${causeIds}`)
}
