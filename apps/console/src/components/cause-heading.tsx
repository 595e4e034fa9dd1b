import type { CauseView } from '../core/cause-view.ts'
import { formatMoment } from '../core/moments.ts'

const KINDS = {
  migration: 'migration',
  build: 'service build',
  operator: 'operator',
  'client-release': 'client release',
  'first-load': 'first loads',
} as const satisfies Record<CauseView['kind'], string>

/** Which cause, whose, since when, and the reason it gave. */
export function CauseHeading({ cause }: { readonly cause: CauseView }) {
  return (
    <header className="cause-heading">
      <h3>{cause.title}</h3>
      <p className="quiet">
        {KINDS[cause.kind]} <code>{cause.causeId}</code> by {cause.owner}
        {!cause.isRegistered && <strong className="warn-text"> (nobody registered it)</strong>}, proposed{' '}
        {formatMoment(cause.firstProposedAtMs)}
      </p>
      {cause.reasons.map((reason) => (
        <blockquote key={reason}>{reason}</blockquote>
      ))}
    </header>
  )
}
