import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TokenBook } from '@tidegate/guard'
import { Actor, Role } from '@tidegate/protocol'
import { z } from 'zod'
import { readJson, sendJson } from '../http/respond.ts'

const MAX_REQUEST_BYTES = 10_000
/** Ten years: longer is "never", and that is said by leaving it out. */
const MAX_TERM_MS = 10 * 365 * 86_400_000

const CreateToken = z.object({
  name: Actor,
  roles: z
    .array(Role)
    .min(1)
    .transform((roles) => [...new Set(roles)]),
  expiresInMs: z.int().min(1).max(MAX_TERM_MS).optional(),
})
const RevokeToken = z.object({
  name: Actor,
  reason: z
    .string()
    .trim()
    .min(1)
    .max(1000)
    .regex(/^[^\0\p{Cs}]*$/u, 'must not contain U+0000 or lone surrogates'),
})

export interface TokenRoutes {
  readonly tokens: TokenBook
  readonly nowMs: () => number
  /** The operator who asks. */
  readonly by: Actor
}

/**
 * For operators, who were identified before: `POST /admin/tokens` with `{ name, roles, expiresInMs? }` answers the token,
 * once; `GET /admin/tokens` lists whose tokens there are; `POST /admin/tokens/revoke` takes `{ name, reason }`.
 *
 * @returns false when the path is none of these
 */
export async function answerTokenRoute(
  { tokens, nowMs, by }: TokenRoutes,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<boolean> {
  switch (`${request.method} ${path}`) {
    case 'POST /admin/tokens': {
      const { name, roles, expiresInMs } = await readJson(request, CreateToken, MAX_REQUEST_BYTES)
      const now = nowMs()
      const expiresAtMs = expiresInMs === undefined ? null : now + expiresInMs
      sendJson(response, 200, {
        token: await tokens.createToken({ name, roles, expiresAtMs }, by, now),
        name,
        roles,
        expiresAtMs,
      })
      return true
    }
    case 'GET /admin/tokens':
      sendJson(response, 200, { tokens: await tokens.listTokens() })
      return true
    case 'POST /admin/tokens/revoke': {
      const { name, reason } = await readJson(request, RevokeToken, MAX_REQUEST_BYTES)
      await tokens.revokeToken(name, reason, by, nowMs())
      sendJson(response, 200, { name })
      return true
    }
    default:
      return false
  }
}
