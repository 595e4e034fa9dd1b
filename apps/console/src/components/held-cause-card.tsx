import type { CauseId, Status } from '@tidegate/protocol'
import { useState } from 'react'
import { Button } from 'react-aria-components/Button'
import type { CauseView } from '../core/cause-view.ts'
import { formatBytes, formatCount, formatCounted, ratioOf } from '../core/figures.ts'
import type { Decisions } from '../edge/use-decisions.ts'
import { accountsInWords } from './account-count.tsx'
import { ApproveDialog } from './approve-dialog.tsx'
import { Bar } from './bar.tsx'
import { CauseHeading } from './cause-heading.tsx'
import { DecisionDialog } from './decision-dialog.tsx'
import { ExtendDialog } from './extend-dialog.tsx'
import { FindingItem } from './finding-item.tsx'
import { UnlistedSignals } from './unlisted-signals.tsx'

interface HeldCauseCardProps {
  readonly cause: CauseView
  readonly resources: Status['resources']
  /** Whatever is live, what its approval could take the place of. */
  readonly live: readonly CauseView[]
  readonly isObserved: boolean
  readonly decisions: Decisions
}

/** A cause that waits for a person: why, how much, and the two ways out. */
export function HeldCauseCard({ cause, resources, live, isObserved, decisions }: HeldCauseCardProps) {
  const [dialog, setDialog] = useState<'approve' | 'extend' | 'reject' | null>(null)
  const target = { kind: 'cause', causeId: cause.causeId as CauseId } as const // the id came out of a parsed status
  const close = () => setDialog(null)
  const signalCount = cause.signals.length + cause.unlistedSignalCount
  const largest = Math.max(1, ...cause.loads.map((load) => load.payloadBytes))

  return (
    <article className="card card-held" data-testid="held-cause" data-cause={cause.causeId}>
      <div className="card-top">
        <CauseHeading cause={cause} />
        <div className="card-actions">
          <Button className="button button-primary" onPress={() => setDialog('approve')} data-testid="approve">
            Approve…
          </Button>
          <Button className="button" onPress={() => setDialog('extend')} data-testid="extend">
            Extend…
          </Button>
          <Button className="button button-danger" onPress={() => setDialog('reject')} data-testid="reject">
            Reject…
          </Button>
        </div>
      </div>
      <dl className="figures">
        <Figure name="In its audience" value={accountsInWords(cause.audience)} testId="audience-count" />
        {isObserved ? (
          <Figure name="Would be canaries" value={accountsInWords(cause.canaries)} testId="canary-count" />
        ) : (
          <>
            <Figure name="In force as canaries" value={accountsInWords(cause.inForce)} testId="in-force-count" />
            <Figure name="Held" value={accountsInWords(cause.held)} testId="held-count" />
          </>
        )}
        <Figure
          name="Credit spent"
          value={`${formatCount(cause.creditSpentAccountCount)} of ${formatCounted(cause.creditAccountCount, 'account')}`}
        />
        {signalCount > 1 && <Figure name="Signals" value={formatCount(signalCount)} />}
      </dl>
      {cause.findings.length > 0 && (
        <>
          <h4>{isObserved ? 'Why it would be held' : 'Why it is held'}</h4>
          <UnlistedSignals cause={cause} />
          <ul className="findings">
            {cause.findings.map((finding) => (
              <FindingItem key={finding.ruleId} finding={finding} />
            ))}
          </ul>
        </>
      )}
      {cause.loads.length > 0 && (
        <>
          <h4>What it would draw, by resource, if everything differed</h4>
          <div className="bars">
            {cause.loads.map((load) => (
              <Bar
                key={load.resourceId}
                label={load.resourceId}
                ratio={ratioOf(load.payloadBytes, largest)}
                valueText={`${formatBytes(load.payloadBytes)}, ${formatCounted(load.accountCount, 'account')}`}
              />
            ))}
          </div>
        </>
      )}
      {dialog === 'approve' && (
        <ApproveDialog
          cause={cause}
          resources={resources}
          supersedable={live.filter((each) => each !== cause)}
          onApprove={(decision) => decisions.approve({ target, ...decision })}
          onClose={close}
        />
      )}
      {dialog === 'extend' && (
        <ExtendDialog
          title={cause.title}
          live={{ expiresInMs: latestEndMs(cause), windowMs: null }}
          onExtend={(extension, reason) => decisions.extend({ target, ...extension, reason })}
          onClose={close}
        />
      )}
      {dialog === 'reject' && (
        <DecisionDialog
          title={`Reject “${cause.title}”`}
          confirmLabel="Reject"
          tone="danger"
          onConfirm={(reason) => decisions.reject({ target, reason })}
          onClose={close}
        >
          <p>The {accountsInWords(cause.held)} held will never see it.</p>
          <p>
            The canaries, {accountsInWords(cause.inForce)}, stop: none of them begins any more, and one under way stops
            at its next page with a consistent cache. This cannot be taken back; the cause would have to propose again.
          </p>
        </DecisionDialog>
      )}
    </article>
  )
}

/** Of its listed signals; a cause is extended as a whole, and each of them has to live longer than before. */
function latestEndMs({ signals }: CauseView): number {
  return Math.max(0, ...signals.map(({ expiresInMs }) => expiresInMs ?? 0))
}

interface FigureProps {
  readonly name: string
  readonly value: string
  readonly testId?: string
}

function Figure({ name, value, testId }: FigureProps) {
  return (
    <div>
      <dt>{name}</dt>
      <dd data-testid={testId}>{value}</dd>
    </div>
  )
}
