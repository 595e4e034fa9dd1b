import { z } from 'zod'
import { IdempotencyKey } from '../ids.ts'
import { Audience } from './audience.ts'
import { Proposal } from './propose.ts'

/**
 * Emitter to guard, through the outbox of an application's database: what its column `proposal` holds, written by
 * `tidegate.propose(...)`. A proposal's fields, the audience's filters beside the rest; the accounts are a column of
 * their own.
 *
 * Readers of the wire pass over fields they do not know. Here such a field is refused: it is one that somebody misspelt,
 * or that this version cannot hold to, and without it the signal may reach further than was meant.
 */
export const OutboxProposal = z.strictObject({
  ...Proposal.pick({ causeId: true, action: true, scope: true, expiresInMs: true }).shape,
  ...Audience.omit({ accounts: true }).shape,
  idempotencyKey: IdempotencyKey.nullish(),
  // SQL takes only spaces for nothing. A reason of tabs or no-break spaces is none: no cause to throw a proposal away.
  reason: z.preprocess((given) => (isBlank(given) ? undefined : given), Proposal.shape.reason).optional(),
})
export type OutboxProposal = z.infer<typeof OutboxProposal>

export type OutboxReading =
  | { readonly kind: 'proposal'; readonly proposal: OutboxProposal }
  | { readonly kind: 'malformed'; readonly because: string }

/** @returns what a row of the outbox proposes, but for its accounts; or, in words, why it proposes nothing */
export function readOutboxProposal(given: unknown): OutboxReading {
  const read = OutboxProposal.safeParse(given)
  if (!read.success) return { kind: 'malformed', because: z.prettifyError(read.error) }
  for (const field of ['scope', 'appVersions', 'cohorts'] as const) {
    const unread = unreadField(z.looseObject({}).parse(given)[field], read.data[field])
    if (unread) return { kind: 'malformed', because: `Unrecognized field: ${[field, ...unread].join('.')}` }
  }
  return { kind: 'proposal', proposal: read.data }
}

/** @returns the way to the first field that parsing left out, or null; only the outermost object can be strict by itself */
function unreadField(given: unknown, read: unknown): string[] | null {
  if (!isObject(given) || !isObject(read)) return null
  for (const [name, value] of Object.entries(given)) {
    const rest = name in read ? unreadField(value, read[name]) : []
    if (rest) return [name, ...rest]
  }
  return null
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function isBlank(value: unknown): boolean {
  return typeof value === 'string' && value.trim() === ''
}
