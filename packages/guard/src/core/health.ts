import { LEASE_TERM_BOUND_MS } from './answer.ts'

/** Why a node confirms and begins nothing. */
export type NotReady =
  | {
      readonly kind: 'ledger-out-of-reach'
      /** Since the last ledger read that succeeded was begun, milliseconds. */
      readonly knowledgeAgeMs: number
      /** From this age on it counts: a lease term. */
      readonly limitMs: number
    }
  | { readonly kind: 'disposing' }

export interface GuardHealth {
  readonly isReady: boolean
  /** Empty when it is ready. */
  readonly reasons: readonly NotReady[]
}

/** A node is ready while it knows its ledger well enough to answer (G8), and means to go on. */
export function healthOf(node: { readonly knowledgeAgeMs: number; readonly isDisposing: boolean }): GuardHealth {
  const { knowledgeAgeMs, isDisposing } = node
  const limitMs = LEASE_TERM_BOUND_MS
  const reasons: NotReady[] = []
  if (knowledgeAgeMs >= limitMs) reasons.push({ kind: 'ledger-out-of-reach', knowledgeAgeMs, limitMs })
  if (isDisposing) reasons.push({ kind: 'disposing' })
  return { isReady: reasons.length === 0, reasons }
}
