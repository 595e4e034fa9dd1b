import type { CauseView } from '../core/cause-view.ts'
import { formatCounted } from '../core/figures.ts'
import { formatMoment } from '../core/moments.ts'
import { accountsInWords } from './account-count.tsx'

/** What was rejected, revoked or has expired: folded away, there to be looked up. */
export function EndedCauses({ causes }: { readonly causes: readonly CauseView[] }) {
  if (causes.length === 0) return null
  return (
    <details className="block ended" data-testid="ended-causes">
      <summary>Ended: {formatCounted(causes.length, 'cause')}</summary>
      <ul>
        {causes.map((cause) => (
          <li key={cause.causeId}>
            <strong>{cause.title}</strong>{' '}
            <span className="quiet">
              {cause.states.join(', ')}; proposed {formatMoment(cause.firstProposedAtMs)} for{' '}
              {accountsInWords(cause.audience)}
            </span>
          </li>
        ))}
      </ul>
    </details>
  )
}
