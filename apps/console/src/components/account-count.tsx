import type { AccountCount } from '../core/cause-view.ts'
import { formatCounted } from '../core/figures.ts'

/** @returns `5,000 accounts`, or `up to 9,960 accounts` when audiences may overlap */
export function accountsInWords(accounts: AccountCount): string {
  return `${accounts.isExact ? '' : 'up to '}${formatCounted(accounts.count, 'account')}`
}
