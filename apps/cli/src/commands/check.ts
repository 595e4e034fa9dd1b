import { CHECK_EXIT_CODES, checkMigration } from '@tidegate/checker'
import { checkText } from '../core/check-text.ts'
import { readText, writeManifests } from '../edge/files.ts'
import { emphasis } from '../edge/paint.ts'
import type { Outcome } from '../outcome.ts'

export interface CheckFlags {
  readonly schema: string
  readonly manifest?: string
  /** Milliseconds. */
  readonly deadline: number
  readonly activeAccounts: number
}

/** Says what a migration would tell clients, without a server. */
export async function check(file: string, flags: CheckFlags): Promise<Outcome> {
  const result = await checkMigration({
    migrationSql: await readText(file),
    schemaSql: await readText(flags.schema),
    deadlineMs: flags.deadline,
    activeAccountCount: flags.activeAccounts,
  })
  const lines = checkText(result, { file, schemaFile: flags.schema }, emphasis)
  const exitCode = CHECK_EXIT_CODES[result.kind]
  if (flags.manifest === undefined) return { exitCode, json: result, lines }
  const hasManifests = 'manifests' in result
  if (hasManifests) await writeManifests(flags.manifest, result.manifests)
  // Said either way: a file of an earlier run would be taken for this one's.
  const note = hasManifests ? `manifest written to ${flags.manifest}` : `no manifest written to ${flags.manifest}`
  return { exitCode, json: result, lines: [...lines.slice(0, -1), emphasis('quiet', note), ...lines.slice(-1)] }
}
