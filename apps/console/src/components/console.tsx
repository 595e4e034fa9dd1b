import { useCallback, useEffect, useMemo, useState } from 'react'
import { endedCauses, heldCauses, releasedCauses } from '../core/cause-view.ts'
import { formatDuration } from '../core/durations.ts'
import { formatCount } from '../core/figures.ts'
import { createGuardClient } from '../edge/guard-client.ts'
import { useDecisions } from '../edge/use-decisions.ts'
import { useStatus } from '../edge/use-status.ts'
import { CreditPanel } from './credit-panel.tsx'
import { EndedCauses } from './ended-causes.tsx'
import { HeldCauseCard } from './held-cause-card.tsx'
import { ModesPanel } from './modes-panel.tsx'
import { ReleasedCauseCard } from './released-cause-card.tsx'
import { ResourcesPanel } from './resources-panel.tsx'
import { ResyncsPanel } from './resyncs-panel.tsx'
import { SwitchesPanel } from './switches-panel.tsx'
import { TopBar } from './top-bar.tsx'

interface ConsoleProps {
  readonly token: string
  readonly onSignOut: (problem: string | null) => void
}

/** Everything at a glance: what waits for a decision first, then what is out, then who is fetching. */
export function Console({ token, onSignOut }: ConsoleProps) {
  const guard = useMemo(() => createGuardClient(token), [token])
  const { status, failure, freshness, refresh } = useStatus(guard)
  const [notice, setNotice] = useState<string | null>(null)
  const onDone = useCallback(
    (sentence: string) => {
      setNotice(sentence)
      refresh()
    },
    [refresh],
  )
  const decisions = useDecisions(guard, onDone)

  useEffect(() => {
    if (failure?.kind === 'not-allowed') onSignOut(failure.message)
  }, [failure, onSignOut])

  const held = heldCauses(status?.causes ?? [])
  const isObserved = status?.guardMode === 'observe'
  const released = releasedCauses(status?.causes ?? [])
  return (
    <>
      <TopBar status={status} freshness={freshness} onSignOut={() => onSignOut(null)} />
      {freshness.kind === 'stale' && (
        <p className="banner" role="alert" data-testid="stale-banner">
          {failure?.message ?? 'The server does not answer'}. What you see is {formatDuration(freshness.ageMs)} old.
        </p>
      )}
      {status === null ? (
        <main className="waiting" data-testid="waiting">
          {failure === null ? 'Asking the guard…' : `${failure.message}. Trying again every second.`}
        </main>
      ) : (
        <main className={freshness.kind === 'stale' ? 'board board-stale' : 'board'}>
          <div className="board-main">
            <p className="notice" role="status" data-testid="notice">
              {notice}
            </p>
            <section className="block" aria-label="Held causes">
              <h2>
                {isObserved ? 'Recorded, and not withheld from clients' : 'Held, waiting for a decision'}{' '}
                <span className="count">{formatCount(held.length)}</span>
              </h2>
              {held.length === 0 && (
                <p className="quiet empty">{isObserved ? 'Nothing would be held.' : 'Nothing is held.'}</p>
              )}
              {held.map((cause) => (
                <HeldCauseCard
                  key={cause.causeId}
                  cause={cause}
                  resources={status.resources}
                  live={[...released, ...held]}
                  isObserved={isObserved}
                  decisions={decisions}
                />
              ))}
            </section>
            <section className="block" aria-label="Signals in force">
              <h2>
                In force <span className="count">{formatCount(released.length)}</span>
              </h2>
              {released.length === 0 && <p className="quiet empty">No signal is released.</p>}
              {released.map((cause) => (
                <ReleasedCauseCard key={cause.causeId} cause={cause} resyncs={status.resyncs} decisions={decisions} />
              ))}
            </section>
            <ResyncsPanel resyncs={status.resyncs} />
            <EndedCauses causes={endedCauses(status.causes)} />
          </div>
          <aside className="board-side">
            <ModesPanel status={status} decisions={decisions} />
            <SwitchesPanel status={status} decisions={decisions} />
            <CreditPanel status={status} />
            <ResourcesPanel resources={status.resources} />
            <p className="quiet epoch">
              Ledger epoch <code>{status.epoch}</code>
            </p>
          </aside>
        </main>
      )}
    </>
  )
}
