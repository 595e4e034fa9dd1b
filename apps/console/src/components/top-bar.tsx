import type { Status } from '@tidegate/protocol'
import { Button } from 'react-aria-components/Button'
import { formatDuration } from '../core/durations.ts'
import { formatMoment } from '../core/moments.ts'
import type { Freshness } from '../core/staleness.ts'

interface TopBarProps {
  readonly status: Status | null
  readonly freshness: Freshness
  readonly onSignOut: () => void
}

/** Where this is, and whether what is shown is still true. */
export function TopBar({ status, freshness, onSignOut }: TopBarProps) {
  return (
    <header className="top-bar">
      <h1>Tidegate</h1>
      <span className="top-note">operators' console</span>
      <span className="top-space" />
      <span className={`live live-${freshness.kind}`} data-testid="freshness" data-state={freshness.kind}>
        {freshness.kind === 'live' && status && formatMoment(status.serverNowMs)}
        {freshness.kind === 'connecting' && 'Connecting…'}
        {freshness.kind === 'stale' && `No answer for ${formatDuration(freshness.ageMs)}`}
      </span>
      <Button className="button button-quiet" onPress={onSignOut}>
        Sign out
      </Button>
    </header>
  )
}
