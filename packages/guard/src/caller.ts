import type { AccountId, Actor, Role } from '@tidegate/protocol'

/**
 * Who sent a request, as the host app's `identify` says: a client logged in to an account, or a person or service with
 * roles. Null from `identify` means nobody it knows, and is denied everything.
 */
export type Caller =
  | { readonly kind: 'client'; readonly accountId: AccountId }
  | {
      readonly kind: 'staff'
      readonly actor: Actor
      readonly roles: readonly Role[]
      /** Whether its calls are counted against the guard's `staffCallsPerSecond`. Default false: the host limits its own staff. */
      readonly isLimited?: boolean
    }
