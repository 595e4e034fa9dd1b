import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { SignalState, Verdict } from '@tidegate/protocol'
import { z } from 'zod'
import { OPERATOR_TOKEN } from './server-process.ts'

const JULY_CAUSE = 'labels-2023-07'
const JULY_FILE = path.resolve(import.meta.dirname, '../../incidents/july-2023.sql')
const CLI = path.resolve(import.meta.dirname, '../../../apps/cli/bin/tidegate.js')

/** The July migration, word for word, but for what `changes` replace. Each must be found, so that no copy is the original by mistake. */
export function julyMigration(changes: Readonly<Record<string, string>> = {}): string {
  return Object.entries(changes).reduce(
    (file, [from, to]) => {
      if (!file.includes(from)) throw new Error(`Cannot change the July migration: it does not say ${from}`)
      return file.replaceAll(from, to)
    },
    readFileSync(JULY_FILE, 'utf8'),
  )
}

/** The July migration under another cause's name. */
export function julyCopy(causeId: string, changes: Readonly<Record<string, string>> = {}): string {
  return julyMigration({ ...changes, [JULY_CAUSE]: causeId })
}

const Migrated = z.object({
  committed: z.literal(true),
  outboxRowCount: z.number(),
  accountCount: z.number().nullable(),
  causeIds: z.array(z.string()),
  signals: z
    .array(
      z.object({
        signalId: z.string(),
        causeId: z.string(),
        state: SignalState,
        verdict: Verdict,
        audienceAccountCount: z.number(),
        inForceAccountCount: z.number(),
      }),
    )
    .nullable(),
})
const NotMigrated = z.object({ committed: z.literal(false), kind: z.string(), message: z.string() })
export type MigrationAnswer = z.infer<typeof Migrated> | z.infer<typeof NotMigrated>

/** Runs an SQL file on the server's mailbox database, as `tidegate migrate` does. Rejects when no answer came. */
export async function migrate(url: string, file: string): Promise<MigrationAnswer> {
  const response = await fetch(`${url}/admin/migrate`, {
    method: 'POST',
    headers: { authorization: `Bearer ${OPERATOR_TOKEN}` },
    body: file,
  })
  const answer: unknown = await response.json()
  return response.status === 200 ? Migrated.parse(answer) : NotMigrated.parse(answer)
}

/** {@link migrate}, and an error when the migration was not committed. */
export async function migrated(url: string, file: string): Promise<z.infer<typeof Migrated>> {
  const answer = await migrate(url, file)
  if (!answer.committed) throw new Error(`The migration was not committed: ${answer.message}`)
  return answer
}

/**
 * Runs the July migration as its author would: `tidegate migrate test/incidents/july-2023.sql`, the built command.
 *
 * @throws Error with what it printed, when it ends with another code than 0
 */
export async function tidegateMigrateJuly(url: string): Promise<z.infer<typeof Migrated>> {
  const { stdout } = await promisify(execFile)(process.execPath, [CLI, 'migrate', JULY_FILE, '--json'], {
    env: { ...process.env, TIDEGATE_SERVER: url, TIDEGATE_TOKEN: OPERATOR_TOKEN },
  })
  return Migrated.parse(JSON.parse(stdout))
}
