import { z } from 'zod'
import { Cause, Credit } from '../cause.ts'

/** Author to guard, before a cause's first proposal: who will emit, and what its dry run measured. Registering again with another manifest is a conflict once signals exist. */
export const RegisterCause = Cause
export type RegisterCause = z.infer<typeof RegisterCause>

export const RegisterCauseAnswer = z.object({ credit: Credit, isNew: z.boolean() })
export type RegisterCauseAnswer = z.infer<typeof RegisterCauseAnswer>
