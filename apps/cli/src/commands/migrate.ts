import { basename } from 'node:path'
import { SignalId, SignalState, Verdict } from '@tidegate/protocol'
import { z } from 'zod'
import { CliError, EXIT_CODES } from '../cli-error.ts'
import { columns, hanging } from '../core/columns.ts'
import { countOf } from '../core/figures.ts'
import type { Connection } from '../edge/connect.ts'
import { readManifests, readText } from '../edge/files.ts'
import type { Outcome } from '../outcome.ts'
import { readCause } from './register.ts'

export interface MigrateFlags {
  readonly register?: string
  readonly owner: string
}

/** What `POST /admin/migrate` answers. */
const MigrateAnswer = z.discriminatedUnion('committed', [
  z.object({
    committed: z.literal(true),
    statementCount: z.int(),
    outboxRowCount: z.int(),
    accountCount: z.int().nullable(),
    causeIds: z.array(z.string()),
    signals: z
      .array(
        z.object({
          signalId: SignalId,
          causeId: z.string(),
          state: SignalState,
          verdict: Verdict,
          audienceAccountCount: z.int(),
          inForceAccountCount: z.int(),
        }),
      )
      .nullable(),
    signalCount: z.int().nullable(),
  }),
  z.object({
    committed: z.literal(false),
    kind: z.enum(['refused', 'failed']),
    message: z.string(),
    line: z.int().nullable(),
    sqlState: z.string().nullable(),
  }),
])
type Committed = Extract<z.infer<typeof MigrateAnswer>, { committed: true }>

/** Runs a file in one transaction on the server's mailbox database, and says what the guard made of it. */
export async function migrate(connection: Connection, file: string, flags: MigrateFlags): Promise<Outcome> {
  const text = await readText(file)
  const manifests = flags.register === undefined ? [] : await readManifests(flags.register)
  for (const manifest of manifests) {
    const { causeId } = manifest
    const title = `Migration ${basename(file)}`.slice(0, 120)
    const cause = readCause({ causeId, kind: 'migration', title, owner: flags.owner, manifest })
    await connection.call((guard) => guard.registerCause.mutate(cause))
  }
  const { status, body } = await connection.post('/admin/migrate', text)
  const answer = MigrateAnswer.safeParse(body)
  if (!answer.success) {
    throw new CliError(`Cannot tell what became of ${file}: the server answered ${status} with something unknown`)
  }
  if (answer.data.committed) {
    return { exitCode: EXIT_CODES.ok, json: answer.data, lines: committedText(file, answer.data) }
  }
  const { message, line, sqlState } = answer.data
  const place = line === null ? '' : `:${line}`
  return {
    exitCode: EXIT_CODES.couldNotRun,
    json: answer.data,
    lines: [
      `${file}${place}: ${message}${sqlState === null ? '' : ` (${sqlState})`}`,
      'not run: nothing of the migration happened',
    ],
  }
}

function committedText(
  file: string,
  { statementCount, outboxRowCount, accountCount, signals, signalCount }: Committed,
): string[] {
  const ran = `committed: ${file}, ${countOf(statementCount, 'statement')}`
  if (outboxRowCount === 0) return [`${ran}; it tells clients nothing`]
  const whom = accountCount === null ? 'everyone' : countOf(accountCount, 'account')
  if (signals === null) return [`${ran}; it proposes for ${whom}, the guard has not judged it yet (see tidegate holds)`]
  const rows = signals.map(({ signalId, causeId, state, audienceAccountCount, inForceAccountCount }) => [
    causeId,
    state,
    { figure: countOf(audienceAccountCount, 'account') },
    { figure: `${inForceAccountCount.toLocaleString('en')} in force` },
    signalId,
  ])
  const findings = signals.flatMap(({ verdict }) =>
    verdict.findings.flatMap(({ ruleId, message }) => hanging(`${ruleId}  `, message, 96)),
  )
  const unlistedCount = (signalCount ?? 0) - signals.length
  const more = unlistedCount > 0 ? [`… and ${countOf(unlistedCount, 'more signal')}`] : []
  return [
    ...columns(rows),
    ...more,
    ...(findings.length > 0 ? [''] : []),
    ...findings,
    '',
    `${ran}; it proposes for ${whom}`,
  ]
}
