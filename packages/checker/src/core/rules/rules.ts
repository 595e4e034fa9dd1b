import type { CheckRule } from '../check-facts.ts'
import { expiry } from './tg003-expiry.ts'
import { wholeAccountWithoutReason } from './tg004-no-reason.ts'
import { creditInAccounts } from './tg005-credit-accounts.ts'
import { globalCreditInAccounts } from './tg007-global-accounts.ts'
import { malformedProposal } from './tg010-malformed.ts'
import { openAudience } from './tg011-open-audience.ts'
import { triggersOff } from './tg101-triggers-off.ts'
import { captureChanged } from './tg102-capture-changed.ts'
import { reachesOutside } from './tg103-reaches-outside.ts'
import { nothingProposed } from './tg104-nothing-proposed.ts'

/** Any finding of these makes a check inconclusive: its figures may be too small (K2). */
export const BYPASS_RULES: readonly CheckRule[] = [triggersOff, captureChanged, reachesOutside, nothingProposed]

/** What the guard would find as well, under the same ids; any finding blocks. */
export const SIGNAL_RULES: readonly CheckRule[] = [
  expiry,
  wholeAccountWithoutReason,
  creditInAccounts,
  globalCreditInAccounts,
  malformedProposal,
  openAudience,
]
