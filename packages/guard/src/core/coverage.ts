import { type Action, type Audience, compareAppVersions, type Scope } from '@tidegate/protocol'
import { coversScope } from './covers-scope.ts'

/** What one signal asks of whom, its accounts aside. */
export interface Asked {
  readonly action: Action
  readonly scope: Scope
  readonly filter: Omit<Audience, 'accounts'>
  readonly expiresAtMs: number
}

export type Missing = 'action' | 'scope' | 'filter' | 'expiry'

/**
 * What a signal leaves out of another that it would supersede, for an account that both name: nothing where each client
 * that `old` could still reach is asked by `by` for at least as much, and for as long.
 */
export function missingFrom(by: Asked, old: Asked): readonly Missing[] {
  const missing: Missing[] = []
  if (old.action === 'refetch' && by.action !== 'refetch') missing.push('action')
  if (!coversScope(by.scope, old.scope)) missing.push('scope')
  if (!coversFilter(by.filter, old.filter)) missing.push('filter')
  if (by.expiresAtMs < old.expiresAtMs) missing.push('expiry')
  return missing
}

function coversFilter(by: Asked['filter'], old: Asked['filter']): boolean {
  // Cohorts are drawn anew for each signal: a part of them is never the same accounts, however large it is.
  if (by.cohorts && (by.cohorts.from > 0 || by.cohorts.below < 1)) return false
  if (by.clientClasses && !old.clientClasses?.every((each) => by.clientClasses?.includes(each))) return false
  const { atLeast, below } = by.appVersions ?? {}
  const { atLeast: oldAtLeast, below: oldBelow } = old.appVersions ?? {}
  if (atLeast && !(oldAtLeast && compareAppVersions(atLeast, oldAtLeast) <= 0)) return false
  return !below || (oldBelow !== undefined && compareAppVersions(below, oldBelow) >= 0)
}
