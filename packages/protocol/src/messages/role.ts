import { z } from 'zod'

/**
 * What a service or person may do: `emitter` proposes, `author` registers causes, `approver` approves and rejects,
 * `operator` does that and revokes and switches, `viewer` reads. Given by the host app's `identify`.
 */
export const Role = z.enum(['emitter', 'author', 'approver', 'operator', 'viewer'])
export type Role = z.infer<typeof Role>
