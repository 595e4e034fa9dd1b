import type { Draft } from '../core/draft.ts'
import { formatListDate } from '../core/list-date.ts'

interface DraftListProps {
  readonly drafts: readonly Draft[]
  readonly onOpen: (writeId: string) => void
}

/** What was written on this device and not sent yet. */
export function DraftList({ drafts, onOpen }: DraftListProps) {
  if (drafts.length === 0) return null
  return (
    <ul className="draft-list" aria-label="Drafts on this device" data-testid="draft-list">
      {drafts.map((draft) => (
        <li key={draft.writeId}>
          <button
            type="button"
            className="row row-draft"
            data-testid="draft-row"
            data-draft={draft.writeId}
            onClick={() => onOpen(draft.writeId)}
          >
            <span className="row-mark" aria-hidden="true" />
            <span className="row-from">{draft.to ? `To ${draft.to}` : 'To nobody yet'}</span>
            <span className="row-date">{formatListDate(draft.savedAtMs, Date.now())}</span>
            <span className="row-subject">{draft.subject || '(no subject)'}</span>
            <span className="row-icons" />
            <span className="row-snippet">
              <em>On this device.</em> {draft.text.trim().slice(0, 120)}
            </span>
          </button>
        </li>
      ))}
    </ul>
  )
}
