import { Action, Audience, Scope } from '@tidegate/protocol'
import { z } from 'zod'

/** A signal that waits for its verdict. */
export const WaitingRow = z.object({
  signal_no: z.number(),
  signal_id: z.string(),
  cause_id: z.string(),
  action: Action,
  scope: Scope,
  is_everyone: z.boolean(),
  filter: Audience.omit({ accounts: true }),
  reason: z.string().nullable(),
  expires_in_ms: z.number().nullable(),
  proposal_count: z.number(),
  malformed_because: z.string().nullable(),
  proposed_by: z.string(),
  proposed_at_ms: z.number(),
})
export type WaitingRow = z.infer<typeof WaitingRow>
