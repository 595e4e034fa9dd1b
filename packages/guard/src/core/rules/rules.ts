import type { PlanRule } from './plan-rule.ts'
import type { Rule } from './rule.ts'
import { unregisteredCause } from './tg001-unregistered-cause.ts'
import { widerThanManifest } from './tg002-wider-than-manifest.ts'
import { expiry } from './tg003-expiry.ts'
import { wholeAccountWithoutReason } from './tg004-no-reason.ts'
import { creditInAccounts } from './tg005-credit-accounts.ts'
import { creditInBytes } from './tg006-credit-bytes.ts'
import { globalCreditInAccounts } from './tg007-global-accounts.ts'
import { globalCreditInBytes } from './tg008-global-bytes.ts'
import { repeatedReset } from './tg009-repeated-reset.ts'
import { malformedProposal } from './tg010-malformed.ts'
import { openAudience } from './tg011-open-audience.ts'
import { bytesOverBudget } from './tg012-bytes-over-budget.ts'
import { workTooLong } from './tg013-work-too-long.ts'
import { wholeAccountForCollections } from './tg014-whole-account.ts'
import { refetchWithoutReason } from './tg015-refetch-without-reason.ts'
import { outsideWindow } from './tg016-outside-window.ts'
import { planWithoutGate } from './tg017-plan-without-gate.ts'
import { severalHolds } from './tg018-several-holds.ts'
import { accountsInADay } from './tg019-accounts-in-a-day.ts'
import { accountsInAMinute } from './tg020-accounts-in-a-minute.ts'
import { windowTooShort } from './tg021-window-too-short.ts'
import { planBeyondEnd } from './tg022-plan-beyond-end.ts'
import { revokedCause } from './tg023-revoked-cause.ts'

/** Every rule of a verdict, in the order of their ids. */
export const RULES: readonly Rule[] = [
  unregisteredCause,
  widerThanManifest,
  expiry,
  wholeAccountWithoutReason,
  creditInAccounts,
  creditInBytes,
  globalCreditInAccounts,
  globalCreditInBytes,
  repeatedReset,
  malformedProposal,
  openAudience,
  bytesOverBudget,
  workTooLong,
  wholeAccountForCollections,
  refetchWithoutReason,
  outsideWindow,
  severalHolds,
  accountsInADay,
  accountsInAMinute,
  revokedCause,
]

/** Every rule of an approval. Ids are one series with {@link RULES}. */
export const PLAN_RULES: readonly PlanRule[] = [planWithoutGate, windowTooShort, planBeyondEnd]
