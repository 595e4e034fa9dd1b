import { z } from 'zod'
import { AccountId } from '../ids.ts'
import { Ratio } from '../quantities.ts'
import { AppVersion, ClientClass, type ClientIdentity, compareAppVersions } from './client-identity.ts'

/**
 * Whom a signal is for. Part of a proposal; never sent to clients, who could not check it anyway.
 *
 * Accounts are named, or all of them are meant (`everyone`, a predicate over the client registry). The filters narrow
 * it: classes, app versions (`atLeast` <= version < `below`), and a range of cohorts in [0, 1).
 */
export const Audience = z.object({
  accounts: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('named'), accountIds: z.array(AccountId).min(1).max(2_000_000) }),
    z.object({ kind: z.literal('everyone') }),
  ]),
  clientClasses: z.array(ClientClass).min(1).max(16).optional(),
  appVersions: z.object({ atLeast: AppVersion.optional(), below: AppVersion.optional() }).optional(),
  cohorts: z
    .object({ from: Ratio, below: Ratio })
    .refine((range) => range.from < range.below, 'from must be below below')
    .optional(),
})
export type Audience = z.infer<typeof Audience>

/** @returns whether the audience's class and version filters let this client in; accounts and cohorts are the guard's to check */
export function admitsClient(
  audience: Pick<Audience, 'clientClasses' | 'appVersions'>,
  client: ClientIdentity,
): boolean {
  const { clientClasses, appVersions } = audience
  if (clientClasses && !clientClasses.includes(client.clientClass)) return false
  if (appVersions?.atLeast && compareAppVersions(client.appVersion, appVersions.atLeast) < 0) return false
  if (appVersions?.below && compareAppVersions(client.appVersion, appVersions.below) >= 0) return false
  return true
}
