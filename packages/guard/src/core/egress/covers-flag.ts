import type { Scope } from '@tidegate/protocol'
import { coversScope } from '../covers-scope.ts'
import type { SignalRecord } from '../signal-record.ts'
import type { ResetFlag } from './event-stream.ts'

const WHOLE_ACCOUNT: Scope = { kind: 'account' }

/**
 * Whether a signal that was let out to the account says all that the flag says: of the same cause, as strong, and as wide.
 * A flag with an occurrence is never covered: the signal may be of an earlier one.
 */
export function coversFlag(record: SignalRecord, flag: ResetFlag): boolean {
  if (record.causeId !== flag.causeId || flag.occurrence !== undefined) return false
  if (flag.action === 'refetch' && record.action !== 'refetch') return false
  return coversScope(record.scope, flag.scope ?? WHOLE_ACCOUNT)
}
