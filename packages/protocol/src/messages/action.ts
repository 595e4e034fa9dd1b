import { z } from 'zod'

/**
 * What a signal asks for. `verify`: compare, fetch what differs. `refetch`: do not trust local digests, still item by
 * item and never delete-first. `purge` is a reserved word: not built, so not readable yet.
 */
export const Action = z.enum(['verify', 'refetch'])
export type Action = z.infer<typeof Action>
