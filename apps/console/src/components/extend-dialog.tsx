import { useState } from 'react'
import { formatDuration } from '../core/durations.ts'
import { describeExtension, type Extension, type LiveTimes, readExtension } from '../core/extension-draft.ts'
import { DecisionDialog } from './decision-dialog.tsx'
import { PlanField } from './plan-field.tsx'

interface ExtendDialogProps {
  readonly title: string
  readonly live: LiveTimes
  readonly onExtend: (extension: Extension, reason: string) => Promise<void>
  readonly onClose: () => void
}

/** More time for what is live: a later end, a longer window, or both. */
export function ExtendDialog({ title, live, onExtend, onClose }: ExtendDialogProps) {
  const [draft, setDraft] = useState({ expiry: '', window: '' })
  const reading = readExtension(draft, live)
  const errors = reading.kind === 'errors' ? reading.errors : {}
  return (
    <DecisionDialog
      title={`Extend “${title}”`}
      confirmLabel="Extend"
      tone="primary"
      isReady={reading.kind === 'extension'}
      onConfirm={async (reason) => {
        if (reading.kind === 'extension') await onExtend(reading.extension, reason)
      }}
      onClose={onClose}
    >
      <p>Times only ever grow: what is not longer than it is now is refused.</p>
      <div className="plan-windows">
        <PlanField
          label="Ends in"
          whenEmpty="as it is"
          hint={`now in ${formatDuration(live.expiresInMs)}`}
          value={draft.expiry}
          error={errors.expiry}
          testId="extend-expiry"
          onChange={(expiry) => setDraft({ ...draft, expiry })}
        />
        {live.windowMs !== null && (
          <PlanField
            label="Fetch within"
            whenEmpty="as it is"
            hint={`now ${formatDuration(live.windowMs)} a stage`}
            value={draft.window}
            error={errors.window}
            testId="extend-window"
            onChange={(window) => setDraft({ ...draft, window })}
          />
        )}
      </div>
      <p className="plan-meaning" aria-live="polite" data-testid="extend-meaning">
        {reading.kind === 'extension'
          ? describeExtension(reading.extension, live)
          : reading.kind === 'errors'
            ? 'Mend the fields marked above to see what it means for clients.'
            : 'Write a time to see what it means for clients.'}
      </p>
    </DecisionDialog>
  )
}
