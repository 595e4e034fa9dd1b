import type { GuardApi } from '@tidegate/protocol'
import { createGuardRouter } from '@tidegate/protocol/router'
import { z } from 'zod'

export type Call = keyof GuardApi

/** What tRPC keeps of a procedure: read from the router, so that a new one is under fire as soon as it is there. */
const Procedure = z.object({
  type: z.enum(['query', 'mutation']),
  inputs: z.tuple([z.instanceof(z.ZodType)]),
})

const procedures = Object.entries(createGuardRouter()._def.procedures).map(([name, { _def }]) => ({
  call: name as Call, // the router's names are those of GuardApi, by its type
  ...Procedure.parse(_def),
}))

/** Every call of a guard, with the schema of what is sent. */
export const CALLS = Object.fromEntries(procedures.map(({ call, inputs: [schema] }) => [call, schema])) as Readonly<
  Record<Call, z.ZodType> // as above
>

export const CLIENT_CALLS = [
  ...(['inForce', 'report', 'endorsements', 'requestLease', 'renewLease', 'endLease'] as const),
  ...(['digests', 'list', 'fetch', 'changesSince'] as const),
] satisfies Call[]

/** All others: what is not named a client's is staff's, or it would be under nobody's fire. */
export const STAFF_CALLS = procedures
  .map(({ call }) => call)
  .filter((call) => !CLIENT_CALLS.some((each) => each === call))

/** tRPC answers no batch that holds both queries and mutations. */
export const QUERIES: readonly Call[] = procedures.filter(({ type }) => type === 'query').map(({ call }) => call)
