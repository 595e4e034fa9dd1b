import type { Role } from '@tidegate/protocol'
import { z } from 'zod'
import { CliError, EXIT_CODES } from '../cli-error.ts'
import { columns } from '../core/columns.ts'
import { momentText } from '../core/moment-text.ts'
import type { Connection } from '../edge/connect.ts'
import type { Outcome } from '../outcome.ts'

export interface CreateTokenFlags {
  readonly name: string
  readonly roles: readonly Role[]
  /** A length of time. */
  readonly expires?: number
}

/** What the server answers about tokens. */
const Created = z.object({
  token: z.string(),
  name: z.string(),
  roles: z.array(z.string()),
  expiresAtMs: z.int().nullable(),
})
const Listed = z.object({
  tokens: z.array(
    z.object({
      name: z.string(),
      roles: z.array(z.string()),
      createdAtMs: z.int(),
      createdBy: z.string(),
      expiresAtMs: z.int().nullable(),
      revokedAtMs: z.int().nullable(),
      lastUsedAtMs: z.int().nullable(),
    }),
  ),
})

/** Makes a token for a person or a service. It is told once; the server keeps its hash. */
export async function createToken(
  connection: Connection,
  { name, roles, expires }: CreateTokenFlags,
): Promise<Outcome> {
  const answer = read(
    Created,
    await connection.admin('/admin/tokens', { name, roles, ...(expires !== undefined && { expiresInMs: expires }) }),
  )
  const end = answer.expiresAtMs === null ? 'does not expire' : `expires ${momentText(answer.expiresAtMs)}`
  return {
    exitCode: EXIT_CODES.ok,
    json: answer,
    lines: [answer.token, `for ${answer.name} (${answer.roles.join(', ')}), ${end}; it is not shown again`],
  }
}

/** Whose tokens there are: never the tokens. */
export async function listTokens(connection: Connection): Promise<Outcome> {
  const answer = read(Listed, await connection.admin('/admin/tokens'))
  const rows = answer.tokens.map(({ name, roles, createdBy, expiresAtMs, revokedAtMs, lastUsedAtMs }) => [
    name,
    roles.join(','),
    revokedAtMs !== null
      ? `revoked ${momentText(revokedAtMs)}`
      : expiresAtMs !== null
        ? `expires ${momentText(expiresAtMs)}`
        : 'does not expire',
    lastUsedAtMs === null ? 'never used' : `used ${momentText(lastUsedAtMs)}`,
    `by ${createdBy}`,
  ])
  return {
    exitCode: EXIT_CODES.ok,
    json: answer,
    lines: rows.length > 0 ? columns(rows) : ['no tokens but the one that the server prints'],
  }
}

export async function revokeToken(
  connection: Connection,
  name: string,
  { reason }: { readonly reason: string },
): Promise<Outcome> {
  await connection.admin('/admin/tokens/revoke', { name, reason })
  return { exitCode: EXIT_CODES.ok, json: { name }, lines: [`revoked: the token of ${name}`] }
}

function read<Shape>(schema: z.ZodType<Shape>, body: unknown): Shape {
  const answer = schema.safeParse(body)
  if (answer.success) return answer.data
  throw new CliError('Cannot read the answer: the server speaks another version')
}
