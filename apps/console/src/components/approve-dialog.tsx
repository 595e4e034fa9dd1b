import type { Approve, Status } from '@tidegate/protocol'
import { useState } from 'react'
import type { CauseView } from '../core/cause-view.ts'
import { formatDuration } from '../core/durations.ts'
import { formatBytes, formatShare } from '../core/figures.ts'
import { defaultPlan, peakCapacityShare, readPlan, shortestReleaseMs } from '../core/plan-draft.ts'
import { accountsInWords } from './account-count.tsx'
import { DecisionDialog } from './decision-dialog.tsx'
import { PlanEditor } from './plan-editor.tsx'

interface ApproveDialogProps {
  readonly cause: CauseView
  readonly resources: Status['resources']
  readonly onApprove: (decision: Pick<Approve, 'plan' | 'reason'>) => Promise<void>
  readonly onClose: () => void
}

/** Letting held signals out: the plan, what it means in time and load, and the reason. */
export function ApproveDialog({ cause, resources, onApprove, onClose }: ApproveDialogProps) {
  const capacityOf = (resourceId: string) =>
    resources.find((resource) => resource.resourceId === resourceId)?.capacityBytesPerSecond
  const [draft, setDraft] = useState(() => defaultPlan(cause.loads, capacityOf))
  const reading = readPlan(draft)
  const plan = reading.kind === 'plan' ? reading.plan : null
  const peak = plan && peakCapacityShare(plan, cause.loads, capacityOf)
  const totalBytes = cause.loads.reduce((sum, load) => sum + load.payloadBytes, 0)

  return (
    <DecisionDialog
      title={`Approve “${cause.title}”`}
      confirmLabel="Approve and start stage 1"
      tone="primary"
      isReady={plan !== null}
      isWide
      onConfirm={async (reason) => {
        if (plan) await onApprove({ plan, reason })
      }}
      onClose={onClose}
    >
      <p>
        {accountsInWords(cause.held)} held. If every client differed completely, they would draw{' '}
        {formatBytes(totalBytes)} over {cause.loads.length === 1 ? 'one resource' : `${cause.loads.length} resources`}.
      </p>
      <PlanEditor draft={draft} errors={reading.kind === 'errors' ? reading.errors : {}} onChange={setDraft} />
      <p className="plan-meaning" aria-live="polite" data-testid="plan-meaning">
        {plan === null
          ? 'Mend the fields marked above to see what the plan means.'
          : `Everybody is in after ${formatDuration(shortestReleaseMs(plan))} at the earliest.${
              peak
                ? ` At its busiest it draws ${formatShare(peak.share)} of ${peak.resourceId}${peak.share > 1 ? ', more than it has: clients will wait longer than the window' : ''}.`
                : ''
            }`}
      </p>
    </DecisionDialog>
  )
}
