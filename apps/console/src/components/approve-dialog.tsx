import type { Approve, CauseId, Status, Target } from '@tidegate/protocol'
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
  /** Causes with live signals that this approval may take the place of. */
  readonly supersedable: readonly CauseView[]
  readonly onApprove: (decision: Pick<Approve, 'plan' | 'supersedes' | 'reason'>) => Promise<void>
  readonly onClose: () => void
}

/** Letting held signals out: the plan, what it means in time and load, and the reason. */
export function ApproveDialog({ cause, resources, supersedable, onApprove, onClose }: ApproveDialogProps) {
  const capacityOf = (resourceId: string) =>
    resources.find((resource) => resource.resourceId === resourceId)?.capacityBytesPerSecond
  const [draft, setDraft] = useState(() => defaultPlan(cause.loads, capacityOf))
  const [supersededId, setSupersededId] = useState('')
  const superseded = supersedable.find(({ causeId }) => causeId === supersededId)
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
        if (plan) await onApprove({ plan, reason, ...(superseded && { supersedes: targetOf(superseded) }) })
      }}
      onClose={onClose}
    >
      <p>
        {accountsInWords(cause.held)} held. If every client differed completely, they would draw{' '}
        {formatBytes(totalBytes)} over {cause.loads.length === 1 ? 'one resource' : `${cause.loads.length} resources`}.
      </p>
      <PlanEditor draft={draft} errors={reading.kind === 'errors' ? reading.errors : {}} onChange={setDraft} />
      {supersedable.length > 0 && (
        <label className="field">
          <span>
            In the place of{' '}
            <span className="hint">what is chosen ends in that moment; no client’s turn comes earlier for it</span>
          </span>
          <select
            data-testid="approve-supersedes"
            value={supersededId}
            onChange={({ target }) => setSupersededId(target.value)}
          >
            <option value="">Nothing: whatever else is live stays</option>
            {supersedable.map(({ causeId, title, states }) => (
              <option key={causeId} value={causeId}>
                {title} ({causeId}, {states.join(' and ')})
              </option>
            ))}
          </select>
        </label>
      )}
      <p className="plan-meaning" aria-live="polite" data-testid="plan-meaning">
        {plan === null
          ? 'Mend the fields marked above to see what the plan means.'
          : `Everybody is in after ${formatDuration(shortestReleaseMs(plan))} at the earliest.`}
        {peak && (
          <>
            {' '}
            At its busiest it draws {formatShare(peak.share)} of <span className="name">{peak.resourceId}</span>
            {peak.share > 1 ? ', more than it has: clients will wait longer than the window' : ''}.
          </>
        )}
      </p>
    </DecisionDialog>
  )
}

function targetOf({ causeId }: CauseView): Target {
  return { kind: 'cause', causeId: causeId as CauseId } // the id came out of a parsed status
}
