import type { ConsentChoice, ProgressResult } from '@tidegate/client'
import { useEffect, useId, useState } from 'react'
import { Button } from 'react-aria-components/Button'
import { ProgressBar } from 'react-aria-components/ProgressBar'
import type { Control, ResyncView } from '../core/resync-view.ts'
import { ConsentCard } from './consent-card.tsx'
import { ChevronIcon } from './icons.tsx'

interface ResyncPanelProps {
  readonly view: ResyncView
  readonly outcome: ProgressResult['outcome'] | null
  /** How the ordinary sync is doing, for the quiet end of the line. */
  readonly syncNote: string
  readonly onChoose: (choice: ConsentChoice) => void
  readonly onControl: (control: Control) => void
}

const CONTROL_LABELS = {
  pause: 'Pause',
  resume: 'Go on',
  cancel: 'Cancel',
  reconsider: 'Ask me again',
  retry: 'Try again',
  load: 'Download my mailbox',
  reload: 'Reload this tab',
} as const satisfies Record<Control, string>

/** One line while nothing is going on; what was asked, how far it is and how it ended when opened, or when a question waits. */
export function ResyncPanel({ view, outcome, syncNote, onChoose, onControl }: ResyncPanelProps) {
  const [isOpen, setIsOpen] = useState(false)
  const panelId = useId()
  const hasQuestion = view.consent !== null
  // A question opens the panel by itself; people may fold it away again, and the line goes on asking.
  useEffect(() => {
    if (hasQuestion) setIsOpen(true)
  }, [hasQuestion])

  return (
    <section
      className={`resync resync-${view.tone}`}
      aria-label="Checking and downloading"
      data-testid="resync-panel"
      data-state={view.state}
      data-outcome={outcome ?? 'none'}
    >
      {isOpen && (
        <div className="resync-details" id={panelId} data-testid="resync-details">
          <Details view={view} onChoose={onChoose} onControl={onControl} />
        </div>
      )}
      <div className="status-line">
        <Button
          className="status-button"
          aria-expanded={isOpen}
          aria-controls={panelId}
          data-testid="resync-toggle"
          onPress={() => setIsOpen(!isOpen)}
        >
          <span className="status-dot" aria-hidden="true" />
          <span data-testid="resync-line" role="status">
            {view.line}
          </span>
          {view.progress && view.progress.ratio !== null && <Track ratio={view.progress.ratio} label="Progress" />}
          <ChevronIcon isUp={!isOpen} />
        </Button>
        <span className="quiet status-note" data-testid="sync-note">
          {syncNote}
        </span>
      </div>
    </section>
  )
}

type DetailsProps = Pick<ResyncPanelProps, 'view' | 'onChoose' | 'onControl'>

function Details({ view, onChoose, onControl }: DetailsProps) {
  return (
    <>
      {view.asked && (
        <div data-testid="resync-asked">
          <h2>{view.asked.title}</h2>
          <p className="quiet">Asked by {view.asked.by}</p>
          {view.asked.reason && <p data-testid="resync-reason">“{view.asked.reason}”</p>}
        </div>
      )}
      {view.asked === null && <h2>{view.line}</h2>}
      {view.differs && <p data-testid="resync-differs">{view.differs}</p>}
      {view.consent && <ConsentCard consent={view.consent} onChoose={onChoose} />}
      {view.progress && (
        <div className="resync-progress">
          {view.progress.ratio !== null && <Track ratio={view.progress.ratio} label={view.line} />}
          <p className="progress-figures">
            <span data-testid="progress-bytes">{view.progress.bytes}</span>
            <span data-testid="progress-items">{view.progress.items}</span>
            <span data-testid="progress-rate">{view.progress.rate}</span>
            <span data-testid="progress-remaining">{view.progress.remaining}</span>
          </p>
        </div>
      )}
      {view.detail ? (
        <p data-testid="resync-detail">{view.detail}</p>
      ) : (
        view.state === 'current' && (
          <p>Nothing was asked of this device. Your mails are kept here and readable offline.</p>
        )
      )}
      {view.controls.length > 0 && (
        <div className="consent-choices">
          {view.controls.map((control) => (
            <Button
              key={control}
              className="button"
              data-testid={`resync-${control}`}
              onPress={() => onControl(control)}
            >
              {CONTROL_LABELS[control]}
            </Button>
          ))}
        </div>
      )}
      {view.asked && view.asked.signalIds.length > 0 && (
        <p className="quiet signal-ids">
          Signal <code>{view.asked.signalIds.join(', ')}</code>
        </p>
      )}
    </>
  )
}

function Track({ ratio, label }: { readonly ratio: number; readonly label: string }) {
  return (
    <ProgressBar className="track" aria-label={label} value={ratio * 100}>
      <span className="track-fill" style={{ width: `${ratio * 100}%` }} />
    </ProgressBar>
  )
}
