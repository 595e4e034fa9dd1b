import type { RunningResync } from '@tidegate/protocol'
import { useState } from 'react'
import { Button } from 'react-aria-components/Button'
import type { CauseView } from '../core/cause-view.ts'
import { formatDuration } from '../core/durations.ts'
import { formatCount, formatCounted, ratioOf } from '../core/figures.ts'
import { describeStage, OUTCOMES, whatRevokeWouldDo } from '../core/stage-line.ts'
import type { Decisions } from '../edge/use-decisions.ts'
import { Bar } from './bar.tsx'
import { CauseHeading } from './cause-heading.tsx'
import { DecisionDialog } from './decision-dialog.tsx'
import { ExtendDialog } from './extend-dialog.tsx'
import { UnlistedSignals } from './unlisted-signals.tsx'

interface ReleasedCauseCardProps {
  readonly cause: CauseView
  readonly resyncs: readonly RunningResync[]
  readonly decisions: Decisions
}

type OpenDialog = {
  readonly kind: 'revoke' | 'advance' | 'extend'
  readonly signal: CauseView['signals'][number]
}

/** A cause whose signals are in force: how far the release is, what clients report, and the way to stop it. */
export function ReleasedCauseCard({ cause, resyncs, decisions }: ReleasedCauseCardProps) {
  const [dialog, setDialog] = useState<OpenDialog | null>(null)
  const close = () => setDialog(null)
  return (
    <article className="card" data-testid="released-cause" data-cause={cause.causeId}>
      <CauseHeading cause={cause} />
      {cause.signals.map((signal) => (
        <section
          key={signal.signalId}
          className={signal.state === 'paused' ? 'signal signal-paused' : 'signal'}
          data-testid="signal"
          data-state={signal.state}
          aria-label={`Signal ${signal.signalId}`}
        >
          <p className="signal-line">
            {signal.state === 'paused' && <span className="tag tag-hold">Paused</span>}
            {signal.state === 'released' && <span className="tag tag-good">In force</span>}{' '}
            <code>{signal.signalId}</code> {signal.action === 'verify' ? 'compare, fetch what differs' : 'refetch'}
            {signal.expiresInMs !== null && (
              <span className="quiet">, ends in {formatDuration(signal.expiresInMs)}</span>
            )}
          </p>
          <Bar
            label="Released to"
            ratio={ratioOf(signal.inForceAccountCount, signal.audienceAccountCount)}
            valueText={`${formatCount(signal.inForceAccountCount)} of ${formatCounted(signal.audienceAccountCount, 'account')}`}
            tone={signal.state === 'paused' ? 'warn' : 'good'}
          />
          <p className="stage-line">{describeStage(signal)}</p>
          {signal.release && (
            <p className="quiet">
              Approved by {signal.release.approvedBy}, each stage to fetch within{' '}
              {formatDuration(signal.release.plan.windowMs)}: “{signal.release.approvedBecause}”
            </p>
          )}
          <ul className="outcomes" aria-label="What clients reported">
            {OUTCOMES.filter(({ outcome, tone }) => tone !== 'quiet' || (signal.reports[outcome] ?? 0) > 0).map(
              ({ outcome, label, tone }) => {
                const count = signal.reports[outcome] ?? 0
                return (
                  <li key={outcome} className={count > 0 ? `outcome outcome-${tone}` : 'outcome'}>
                    <span className="number">{formatCount(count)}</span> {label}
                  </li>
                )
              },
            )}
          </ul>
          <div className="card-actions">
            {signal.state === 'paused' && (
              <Button
                className="button button-primary"
                data-testid="advance"
                onPress={() => setDialog({ kind: 'advance', signal })}
              >
                Advance…
              </Button>
            )}
            <Button className="button" data-testid="extend" onPress={() => setDialog({ kind: 'extend', signal })}>
              Extend…
            </Button>
            <Button
              className="button button-danger"
              data-testid="revoke"
              onPress={() => setDialog({ kind: 'revoke', signal })}
            >
              Revoke…
            </Button>
          </div>
        </section>
      ))}
      <UnlistedSignals cause={cause} />
      {dialog?.kind === 'revoke' && (
        <RevokeDialog cause={cause} signal={dialog.signal} resyncs={resyncs} decisions={decisions} onClose={close} />
      )}
      {dialog?.kind === 'extend' && (
        <ExtendDialog
          title={cause.title}
          live={{
            expiresInMs: dialog.signal.expiresInMs ?? 0,
            windowMs: dialog.signal.release?.plan.windowMs ?? null,
          }}
          onExtend={(extension, reason) =>
            decisions.extend({ target: { kind: 'signal', signalId: dialog.signal.signalId }, ...extension, reason })
          }
          onClose={close}
        />
      )}
      {dialog?.kind === 'advance' && (
        <DecisionDialog
          title="Advance to the next stage"
          confirmLabel="Advance"
          tone="primary"
          onConfirm={(reason) =>
            decisions.advance({ target: { kind: 'signal', signalId: dialog.signal.signalId }, reason })
          }
          onClose={close}
        >
          <p>{describeStage(dialog.signal)}</p>
          <p>The next stage begins at once, whatever the gate could not say.</p>
        </DecisionDialog>
      )}
    </article>
  )
}

interface RevokeDialogProps extends ReleasedCauseCardProps {
  readonly signal: CauseView['signals'][number]
  readonly onClose: () => void
}

function RevokeDialog({ cause, signal, resyncs, decisions, onClose }: RevokeDialogProps) {
  const fetchingCount = resyncs.filter((resync) => resync.signalId === signal.signalId).length
  const effect = whatRevokeWouldDo([signal], fetchingCount)
  return (
    <DecisionDialog
      title={`Revoke “${cause.title}”`}
      confirmLabel="Revoke"
      tone="danger"
      onConfirm={(reason) => decisions.revoke({ target: { kind: 'signal', signalId: signal.signalId }, reason })}
      onClose={onClose}
    >
      <ul>
        <li>{effect.underWay}</li>
        <li>{effect.spared}</li>
        <li>{effect.done}</li>
      </ul>
      <p>Clients learn it within a second, and none goes on for longer than one lease term (10 s).</p>
    </DecisionDialog>
  )
}
