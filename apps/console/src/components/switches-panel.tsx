import { describeSwitch, type Status, type Switch } from '@tidegate/protocol'
import { useState } from 'react'
import { Button } from 'react-aria-components/Button'
import { formatDuration } from '../core/durations.ts'
import { formatMoment } from '../core/moments.ts'
import type { Decisions } from '../edge/use-decisions.ts'
import { DecisionDialog } from './decision-dialog.tsx'
import { SwitchDialog } from './switch-dialog.tsx'

/** Which switches do nothing while the guard does not enforce. */
const IDLE = {
  enforce: null,
  observe: 'The guard observes: only a service that is shed is affected.',
  off: 'The guard is off: no switch has an effect.',
} as const satisfies Record<Status['guardMode'], string | null>

interface SwitchesPanelProps {
  readonly status: Pick<Status, 'switches' | 'guardMode' | 'serverNowMs' | 'causes' | 'resources'>
  readonly decisions: Decisions
}

/** What operators switched, by whom, why and until when; and how to end or to set one. */
export function SwitchesPanel({ status, decisions }: SwitchesPanelProps) {
  const { switches = [], guardMode, serverNowMs } = status
  const [lifted, setLifted] = useState<Switch | null>(null)
  const [isSetting, setIsSetting] = useState(false)
  return (
    <section className="panel" aria-label="Switches">
      <h2>
        Switches <span className="count">{switches.length}</span>
      </h2>
      {switches.length === 0 && <p className="quiet">None is in force.</p>}
      {switches.length > 0 && IDLE[guardMode] && <p className="problem">{IDLE[guardMode]}</p>}
      <ul className="switch-list">
        {switches.map((each) => (
          <li key={each.switchNo} data-testid="switch" data-kind={each.effect.kind}>
            <p className="switch-effect">{describeSwitch(each.effect)}</p>
            <p className="quiet">
              Switch {each.switchNo}:{' '}
              <time dateTime={new Date(serverNowMs + each.endsInMs).toISOString()} title={untilOf(each, serverNowMs)}>
                {formatDuration(each.endsInMs)} left
              </time>
              , set by {each.by}: “{each.reason}”
            </p>
            <Button
              className="button"
              aria-label={`Lift switch ${each.switchNo}`}
              data-testid="switch-lift"
              onPress={() => setLifted(each)}
            >
              Lift
            </Button>
          </li>
        ))}
      </ul>
      <Button className="button" data-testid="switch-new" onPress={() => setIsSetting(true)}>
        Set a switch
      </Button>
      {isSetting && <SwitchDialog status={status} onSet={decisions.setSwitch} onClose={() => setIsSetting(false)} />}
      {lifted && (
        <DecisionDialog
          title={`Lift switch ${lifted.switchNo}`}
          confirmLabel="Lift"
          tone="primary"
          onConfirm={(reason) => decisions.liftSwitch({ switchNo: lifted.switchNo, reason })}
          onClose={() => setLifted(null)}
        >
          <p>
            Ends now, instead of {untilOf(lifted, serverNowMs)}: {describeSwitch(lifted.effect)}.
          </p>
        </DecisionDialog>
      )}
    </section>
  )
}

function untilOf({ endsInMs }: Switch, serverNowMs: number): string {
  return formatMoment(serverNowMs + endsInMs)
}
