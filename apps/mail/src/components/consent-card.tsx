import type { ConsentChoice } from '@tidegate/client'
import { useId } from 'react'
import { Button } from 'react-aria-components/Button'
import type { ConsentView } from '../core/resync-view.ts'

const CHOICES = [
  { choice: 'now', label: 'Download now' },
  { choice: 'on-unmetered', label: 'On Wi-Fi' },
  { choice: 'tonight', label: 'Tonight' },
  { choice: 'not-now', label: 'Not now' },
] as const satisfies readonly { choice: ConsentChoice; label: string }[]

interface ConsentCardProps {
  readonly consent: ConsentView
  readonly onChoose: (choice: ConsentChoice) => void
}

/** The question before bytes are drawn. It waits as long as it takes; everything else goes on meanwhile. */
export function ConsentCard({ consent, onChoose }: ConsentCardProps) {
  const titleId = useId()
  return (
    <div className="consent" role="alertdialog" aria-labelledby={titleId} data-testid="consent">
      <p id={titleId} className="consent-title">
        Download <strong data-testid="consent-figure">{consent.figure}</strong>?
      </p>
      <p>It comes mail by mail, and all of them stay readable meanwhile. {consent.howLong}</p>
      <div className="consent-choices consent-grid">
        {CHOICES.map(({ choice, label }) => (
          <Button
            key={choice}
            className={choice === 'now' ? 'button button-primary' : 'button'}
            data-testid={`consent-${choice}`}
            onPress={() => onChoose(choice)}
          >
            {label}
          </Button>
        ))}
      </div>
    </div>
  )
}
