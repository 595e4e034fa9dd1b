import type { CauseView } from '../core/cause-view.ts'
import { formatCounted } from '../core/figures.ts'

/** Says how many signals of a cause are counted and not shown one by one. */
export function UnlistedSignals({ cause }: { readonly cause: CauseView }) {
  if (cause.unlistedSignalCount === 0) return null
  return (
    <p className="quiet" data-testid="unlisted-signals">
      {formatCounted(cause.unlistedSignalCount, 'more signal')} of this cause{' '}
      {cause.unlistedSignalCount === 1 ? 'is' : 'are'} counted in the figures and not looked at one by one here.
    </p>
  )
}
