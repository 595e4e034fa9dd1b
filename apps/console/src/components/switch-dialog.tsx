import type { SetSwitch, Status } from '@tidegate/protocol'
import { useId, useState } from 'react'
import { ToggleButton } from 'react-aria-components/ToggleButton'
import { ToggleButtonGroup } from 'react-aria-components/ToggleButtonGroup'
import {
  describeSetting,
  EMPTY_DRAFT,
  readSwitch,
  SWITCH_KINDS,
  type SwitchDraft,
  type SwitchField,
} from '../core/switch-draft.ts'
import { DecisionDialog } from './decision-dialog.tsx'
import { PlanField } from './plan-field.tsx'

const MEANS = {
  throttle: 'Slows the resyncs of one class of clients down; others, and whoever reads mail, are not affected.',
  pause: 'Nobody begins for a cause, and whoever is under way stops at the next page. Afterwards they go on.',
  shed: 'Takes a service off: everybody is refused, with your words, and told when to come back.',
} as const satisfies Record<SwitchDraft['kind'], string>

interface SwitchDialogProps {
  readonly status: Pick<Status, 'causes' | 'resources'>
  readonly onSet: (setting: SetSwitch) => Promise<void>
  readonly onClose: () => void
}

/** Sets a switch: what it does, for how long, and why. */
export function SwitchDialog({ status, onSet, onClose }: SwitchDialogProps) {
  const [draft, setDraft] = useState(EMPTY_DRAFT)
  const reading = readSwitch(draft)
  const errors: Partial<Record<SwitchField, string>> = reading.kind === 'errors' ? reading.errors : {}
  const fieldOf = (name: SwitchField) => ({
    value: draft[name],
    error: errors[name],
    testId: `switch-${name}`,
    onChange: (value: string) => setDraft({ ...draft, [name]: value }),
  })
  return (
    <DecisionDialog
      title="Set a switch"
      confirmLabel="Set"
      tone="danger"
      isReady={reading.kind === 'setting'}
      onConfirm={async (reason) => {
        if (reading.kind === 'setting') await onSet({ ...reading.setting, reason })
      }}
      onClose={onClose}
    >
      <div>
        <ToggleButtonGroup
          className="switches"
          aria-label="What it does"
          selectionMode="single"
          disallowEmptySelection
          selectedKeys={[draft.kind]}
          onSelectionChange={(keys) => {
            const kind = SWITCH_KINDS.find((each) => keys.has(each))
            if (kind) setDraft({ ...draft, kind })
          }}
        >
          {SWITCH_KINDS.map((kind) => (
            <ToggleButton key={kind} id={kind} className="switch" data-testid={`switch-kind-${kind}`}>
              {kind}
            </ToggleButton>
          ))}
        </ToggleButtonGroup>
        <p className="quiet mode-means">{MEANS[draft.kind]}</p>
      </div>
      <div className="plan-windows">
        {draft.kind === 'throttle' && (
          <>
            <PlanField label="Class" hint="such as bridge" {...fieldOf('clientClass')} />
            <PlanField label="To" hint="of the rate, all of them together" {...fieldOf('to')} />
            <Choice
              label="Of"
              hint="or of one alone"
              whenEmpty="each resource"
              options={status.resources.map(({ resourceId }) => ({ id: resourceId, text: resourceId }))}
              {...fieldOf('resource')}
            />
          </>
        )}
        {draft.kind === 'pause' && (
          <Choice
            label="Cause"
            hint="all of its signals"
            whenEmpty="Choose one"
            options={status.causes.map(({ cause: { causeId, title } }) => ({
              id: causeId,
              text: `${title} (${causeId})`,
            }))}
            {...fieldOf('cause')}
          />
        )}
        {draft.kind === 'shed' && (
          <>
            <PlanField label="Service" hint="such as mail" {...fieldOf('service')} />
            <PlanField label="Text" hint="what people are told" {...fieldOf('text')} />
          </>
        )}
        <PlanField label="For" hint="then it ends by itself" {...fieldOf('lasts')} />
      </div>
      <p className="plan-meaning" aria-live="polite" data-testid="switch-meaning">
        {reading.kind === 'setting'
          ? describeSetting(reading.setting)
          : reading.kind === 'errors'
            ? 'Mend the fields marked above to see what it does.'
            : 'Fill in the fields above to see what it does.'}
      </p>
    </DecisionDialog>
  )
}

interface ChoiceProps {
  readonly label: string
  readonly hint: string
  readonly whenEmpty: string
  readonly options: readonly { readonly id: string; readonly text: string }[]
  readonly value: string
  readonly testId: string
  readonly onChange: (value: string) => void
}

/** One of what there is: a name that has to be spelt right is picked, not typed. */
function Choice({ label, hint, whenEmpty, options, value, testId, onChange }: ChoiceProps) {
  const id = useId()
  return (
    <label className="field" htmlFor={id}>
      <span>
        {label} <span className="hint">{hint}</span>
      </span>
      <select id={id} data-testid={testId} value={value} onChange={({ target }) => onChange(target.value)}>
        <option value="">{whenEmpty}</option>
        {options.map((option) => (
          <option key={option.id} value={option.id}>
            {option.text}
          </option>
        ))}
      </select>
    </label>
  )
}
