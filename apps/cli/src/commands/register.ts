import { Cause, type CauseKind, type EmitWindow, type Manifest } from '@tidegate/protocol'
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
  /** Milliseconds since 1970. */
  readonly from?: number
  readonly until?: number
}

/** Announces a cause, so that it has a credit; with a manifest, so that what goes beyond it is held. */
export async function register(connection: Connection, causeId: string, flags: RegisterFlags): Promise<Outcome> {
  const manifest = flags.manifest === undefined ? undefined : await manifestFor(causeId, flags.manifest)
  const cause = readCause({ causeId, ...flags, manifest, window: windowOf(flags) })
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
  readonly window?: EmitWindow | undefined
}): Cause {
  const { causeId, kind, title, owner, manifest, window } = cause
  const read = Cause.safeParse({ causeId, kind, title, owner, manifest, window })
  if (!read.success) throw new CliError(`Cannot register ${causeId}: ${issuesText(read.error)}`)
  return read.data
}

/**
 * When a cause means to emit, from the two flags that say so.
 *
 * @throws CliError when only one of them is given, for half a window would bound nothing, or when it ends before it begins
 */
export function windowOf({ from, until }: { readonly from?: number; readonly until?: number }): EmitWindow | undefined {
  if (from === undefined && until === undefined) return undefined
  if (from === undefined || until === undefined) throw new CliError('--from and --until are required together')
  if (from >= until) throw new CliError('--from must be a moment before --until')
  return { fromMs: from, untilMs: until }
}

async function manifestFor(causeId: string, path: string): Promise<Manifest> {
  const manifests = await readManifests(path)
  const found = manifests.find((manifest) => manifest.causeId === causeId)
  if (found) return found
  const causeIds = manifests.map((manifest) => manifest.causeId).join(', ') || 'no cause'
  throw new CliError(`Cannot register ${causeId}: ${path} is about ${causeIds}`)
}
