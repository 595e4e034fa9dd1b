import type { SetModes, Status } from '@tidegate/protocol'
import { useState } from 'react'
import { ToggleButton } from 'react-aria-components/ToggleButton'
import { ToggleButtonGroup } from 'react-aria-components/ToggleButtonGroup'
import type { Decisions } from '../edge/use-decisions.ts'
import { DecisionDialog } from './decision-dialog.tsx'

type Mode = Status['guardMode']
const MODES = ['enforce', 'observe', 'off'] as const satisfies readonly Mode[]

const GUARD_MEANS = {
  enforce: 'Signals are judged; what exceeds its credit is held; resyncs are admitted within capacity.',
  observe: 'Verdicts are recorded and nothing is enforced: no signal reaches a client, no request is refused.',
  off: 'Proposals are taken in and wait. Nothing is judged, released or refused.',
} as const satisfies Record<Mode, string>

const CLIENT_MEANS = {
  enforce: 'Clients compare, and fetch what differs in their turn.',
  observe: 'Clients compare and report. They fetch nothing.',
  off: 'Clients ignore signals and keep their caches as they are.',
} as const satisfies Record<Mode, string>

interface ModesPanelProps {
  readonly status: Pick<Status, 'guardMode' | 'clientMode'>
  readonly decisions: Decisions
}

/** The two switches, and what each position means. */
export function ModesPanel({ status, decisions }: ModesPanelProps) {
  const [wanted, setWanted] = useState<Omit<SetModes, 'reason'> | null>(null)
  const means = wanted?.guardMode
    ? GUARD_MEANS[wanted.guardMode]
    : wanted?.clientMode && CLIENT_MEANS[wanted.clientMode]
  return (
    <section className="panel" aria-label="Modes">
      <h2>Modes</h2>
      <Switches
        label="Guard"
        mode={status.guardMode}
        means={GUARD_MEANS[status.guardMode]}
        onWant={(guardMode) => setWanted({ guardMode })}
      />
      <Switches
        label="Clients"
        mode={status.clientMode}
        means={CLIENT_MEANS[status.clientMode]}
        onWant={(clientMode) => setWanted({ clientMode })}
      />
      {wanted && (
        <DecisionDialog
          title={
            wanted.guardMode ? `Switch the guard to ${wanted.guardMode}` : `Switch all clients to ${wanted.clientMode}`
          }
          confirmLabel="Switch"
          tone="danger"
          onConfirm={(reason) => decisions.setModes({ ...wanted, reason })}
          onClose={() => setWanted(null)}
        >
          <p>{means}</p>
        </DecisionDialog>
      )}
    </section>
  )
}

interface SwitchesProps {
  readonly label: string
  readonly mode: Mode
  readonly means: string
  readonly onWant: (mode: Mode) => void
}

function Switches({ label, mode, means, onWant }: SwitchesProps) {
  return (
    <div className="mode" data-testid={`mode-${label.toLowerCase()}`} data-mode={mode}>
      <span className="mode-label">{label}</span>
      <ToggleButtonGroup
        className="switches"
        aria-label={`${label} mode`}
        selectionMode="single"
        disallowEmptySelection
        selectedKeys={[mode]}
        onSelectionChange={(keys) => {
          const picked = MODES.find((each) => keys.has(each))
          if (picked && picked !== mode) onWant(picked)
        }}
      >
        {MODES.map((each) => (
          <ToggleButton key={each} id={each} className="switch">
            {each}
          </ToggleButton>
        ))}
      </ToggleButtonGroup>
      <p className="quiet mode-means">{means}</p>
    </div>
  )
}
