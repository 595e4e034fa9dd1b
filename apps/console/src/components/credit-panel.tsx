import type { Status } from '@tidegate/protocol'
import { formatCount, formatCounted, ratioOf } from '../core/figures.ts'
import { Bar } from './bar.tsx'

/** What may be in force without anybody's approval, over all causes, and how much of it is spent. */
export function CreditPanel({ status }: { readonly status: Status }) {
  const spent = status.globalCreditSpentAccountCount
  const credit = status.globalCredit.accountCount
  return (
    <section className="panel" aria-label="Credit">
      <h2>Credit of all unapproved causes</h2>
      <Bar
        label="Spent"
        ratio={ratioOf(spent, credit)}
        valueText={`${formatCount(spent)} of ${formatCounted(credit, 'account')}`}
        tone={spent >= credit ? 'warn' : 'plain'}
      />
      <p className="quiet">
        {formatCounted(status.activeAccountCount, 'active account')},{' '}
        {formatCounted(status.activeClientCount, 'active client')}
      </p>
    </section>
  )
}
