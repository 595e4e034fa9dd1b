import { z } from 'zod'

/**
 * Response header of the host app's ordinary responses to an identified client: a short MACed hash of the epoch and the
 * signals in force for this account and client. Absent when there are none. A client that sees another tag than its
 * last answer carried asks `inForce`; it learns nothing else from the tag and believes nothing because of it.
 */
export const STATE_HEADER = 'Tidegate-State'

export const StateTag = z
  .string()
  .regex(/^[A-Za-z0-9_-]{16}$/, 'must be 16 characters of base64url')
  .brand<'StateTag'>()
export type StateTag = z.infer<typeof StateTag>
