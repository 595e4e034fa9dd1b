import { basename } from 'node:path'
import type { CauseKind, EmitWindow, Manifest } from '@tidegate/protocol'
import { CliError, EXIT_CODES } from '../cli-error.ts'
import { bytesText, countOf } from '../core/figures.ts'
import type { Connection } from '../edge/connect.ts'
import { readManifests } from '../edge/files.ts'
import type { Outcome } from '../outcome.ts'
import { readCause, windowOf } from './register.ts'

export interface PushFlags {
  readonly title?: string
  readonly kind?: CauseKind
  readonly owner: string
  /** Milliseconds since 1970. */
  readonly from?: number
  readonly until?: number
}

/**
 * Declares what a migration will tell clients, before it does: registers the causes of a manifest file, or gives those
 * that are registered their new manifest. What a cause was called and who owns it stays, unless a flag says otherwise.
 * Once a cause has proposed, its manifest stands, and the guard denies another one.
 */
export async function pushManifests(connection: Connection, file: string, flags: PushFlags): Promise<Outcome> {
  const manifests = await readManifests(file)
  if (manifests.length === 0) throw new CliError(`Cannot push ${file}: it declares no cause`)
  const window = windowOf(flags)
  const { causes } = await connection.call((guard) => guard.status.query({}))
  const pushed: object[] = []
  const lines: string[] = []
  for (const manifest of manifests) {
    const { causeId } = manifest
    const known = causes.find((status) => status.isRegistered && status.cause.causeId === causeId)?.cause
    const cause = readCause({
      causeId,
      kind: flags.kind ?? known?.kind ?? 'migration',
      title: flags.title ?? known?.title ?? `Manifest ${basename(file)}`.slice(0, 120),
      owner: known?.owner ?? flags.owner,
      manifest,
      window: window ?? known?.window,
    })
    const { credit } = await connection.call((guard) => guard.registerCause.mutate(cause))
    pushed.push({ cause, credit })
    lines.push(
      `declared: ${causeId} may ${declaredText(manifest)}${windowText(cause.window)}; unapproved it may reach ${countOf(credit.accountCount, 'account')} and ${bytesText(credit.bytesPerResource)} per resource`,
    )
  }
  return { exitCode: EXIT_CODES.ok, json: { pushed }, lines }
}

/** `tell 5,000 bridge accounts in 1 proposal to verify messages` */
function declaredText({
  accountCount,
  actions,
  clientClasses,
  collections,
  proposalCount,
  wholeAccount,
}: Manifest): string {
  const whom = accountCount === null ? 'everyone' : countOf(accountCount, 'account')
  const classes = clientClasses === undefined ? '' : ` (${clientClasses.join(', ')} alone)`
  const scope = wholeAccount ? 'the whole account' : collections.join(', ') || 'no collection'
  return `tell ${whom}${classes} in ${countOf(proposalCount, 'proposal')} to ${actions.join(' or ')} ${scope}`
}

function windowText(window: EmitWindow | undefined): string {
  if (window === undefined) return ''
  return `, from ${momentText(window.fromMs)} until ${momentText(window.untilMs)}`
}

/** `2023-07-25T11:40:00Z`, as `--from` reads it. */
function momentText(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')
}
