import { AccountId } from '../ids.ts'

/**
 * The account a client believes it is logged in to, on every call it makes. The guard answers for the host app's login
 * and denies with `wrong-account` when the two differ: a login that changed under an open app (another tab, a shared
 * cookie) must not fill one account's cache with another's mail. Our SDK always sends it; a caller whose login cannot
 * change may leave it out.
 */
export const forAccount = { accountId: AccountId.optional() }
