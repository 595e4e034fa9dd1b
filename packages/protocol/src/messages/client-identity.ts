import { z } from 'zod'
import { ClientId } from '../ids.ts'

/** What a client's resync costs: `web`, `mobile`, `desktop`, `bridge`, or a name of the team's own. */
export const ClientClass = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, 'must be a lower-case word of at most 32 characters')
  .brand<'ClientClass'>()
export type ClientClass = z.infer<typeof ClientClass>

/** An app's version: one to four dot-separated numbers, as in `3.5` or `5.0.38`. Compared number by number. */
export const AppVersion = z
  .string()
  .regex(/^\d{1,6}(\.\d{1,6}){0,3}$/, 'must be one to four numbers separated by dots')
  .brand<'AppVersion'>()
export type AppVersion = z.infer<typeof AppVersion>

/**
 * Who is asking. Sent by a client with every question, and in the `Tidegate-Client` header of its ordinary requests.
 * The account is not here: it comes from the host app's own login. A claim about class or version is used to
 * choose what applies to the client, never to open a door.
 */
export const ClientIdentity = z.object({
  clientId: ClientId,
  clientClass: ClientClass,
  appVersion: AppVersion,
})
export type ClientIdentity = z.infer<typeof ClientIdentity>

/** Request header of ordinary requests; lets the guard work out the client's state tag. */
export const CLIENT_HEADER = 'Tidegate-Client'

// An id of 128 code points of four UTF-8 bytes, each byte spelt %XX; a class; four numbers of six digits; what parts them.
const LONGEST_HEADER = 128 * 4 * 3 + 1 + 32 + 1 + (4 * 6 + 3)

/** @returns the header's value: `<client id, percent-encoded>;<class>;<version>` */
export function formatClientHeader(identity: ClientIdentity): string {
  return `${encodeURIComponent(identity.clientId)};${identity.clientClass};${identity.appVersion}`
}

/** @returns the identity, or null when the header is absent or malformed: a client that cannot be told apart gets no tag */
export function parseClientHeader(value: string | null | undefined): ClientIdentity | null {
  if (!value || value.length > LONGEST_HEADER) return null
  const [encodedId, clientClass, appVersion, ...rest] = value.split(';')
  if (rest.length > 0 || encodedId === undefined) return null
  const parsed = ClientIdentity.safeParse({ clientId: decoded(encodedId), clientClass, appVersion })
  return parsed.success ? parsed.data : null
}

/** Compares versions number by number; a missing number counts as 0. Negative when `left` is older. */
export function compareAppVersions(left: string, right: string): number {
  const leftParts = left.split('.')
  const rightParts = right.split('.')
  for (let at = 0; at < Math.max(leftParts.length, rightParts.length); at++) {
    const difference = Number(leftParts[at] ?? 0) - Number(rightParts[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
