import { Button } from 'react-aria-components/Button'
import {
  type BoundsDraft,
  type PlanDraft,
  type PlanErrors,
  type StageDraft,
  withoutStage,
  withStageAdded,
} from '../core/plan-draft.ts'
import { PlanField } from './plan-field.tsx'

interface PlanEditorProps {
  readonly draft: PlanDraft
  readonly errors: PlanErrors
  readonly onChange: (draft: PlanDraft) => void
}

/** Windows and stages of a release, in the units people think in. */
export function PlanEditor({ draft, errors, onChange }: PlanEditorProps) {
  const setStage = (stageKey: number, change: Partial<StageDraft>) =>
    onChange({
      ...draft,
      stages: draft.stages.map((stage) => (stage.stageKey === stageKey ? { ...stage, ...change } : stage)),
    })
  return (
    <div className="plan">
      <div className="plan-windows">
        <PlanField
          label="Compare within"
          hint="clients of a stage ask, one after another"
          value={draft.verifyWindow}
          error={errors.verifyWindow}
          testId="plan-verify-window"
          onChange={(verifyWindow) => onChange({ ...draft, verifyWindow })}
        />
        <PlanField
          label="Fetch within"
          hint="those that differ begin, one after another"
          value={draft.window}
          error={errors.window}
          testId="plan-window"
          onChange={(window) => onChange({ ...draft, window })}
        />
      </div>
      <fieldset className="stages">
        <legend>Stages</legend>
        <div className="stage-heads" aria-hidden="true">
          <span>Share %</span>
          <span>Bake</span>
          <span>Reports needed</span>
          <span>Failures, at most %</span>
          <span />
        </div>
        {draft.stages.map((stage, at) => (
          <div className="stage" key={stage.stageKey} data-testid="plan-stage">
            <PlanField
              label={`Share of the audience in stage ${at + 1}, in percent`}
              isLabelHidden
              value={stage.sharePercent}
              error={errors[`stages.${at}.sharePercent`]}
              testId={`plan-share-${at}`}
              onChange={(sharePercent) => setStage(stage.stageKey, { sharePercent })}
            />
            <PlanField
              label={`Bake time of stage ${at + 1}`}
              isLabelHidden
              value={stage.bake}
              error={errors[`stages.${at}.bake`]}
              testId={`plan-bake-${at}`}
              onChange={(bake) => setStage(stage.stageKey, { bake })}
            />
            <PlanField
              label={`Reports needed in stage ${at + 1}`}
              isLabelHidden
              value={stage.minReports}
              error={errors[`stages.${at}.minReports`]}
              testId={`plan-reports-${at}`}
              onChange={(minReports) => setStage(stage.stageKey, { minReports })}
            />
            <PlanField
              label={`Failures allowed in stage ${at + 1}, in percent`}
              isLabelHidden
              value={stage.maxFailurePercent}
              error={errors[`stages.${at}.maxFailurePercent`]}
              testId={`plan-failures-${at}`}
              onChange={(maxFailurePercent) => setStage(stage.stageKey, { maxFailurePercent })}
            />
            <Button
              className="button button-quiet"
              aria-label={`Take stage ${at + 1} away`}
              isDisabled={draft.stages.length === 1}
              onPress={() => onChange(withoutStage(draft, stage.stageKey))}
            >
              ×
            </Button>
          </div>
        ))}
        {errors.stages && (
          <p className="problem" role="alert">
            {errors.stages}.
          </p>
        )}
        <Button
          className="button"
          onPress={() => onChange(withStageAdded(draft))}
          isDisabled={draft.stages.length >= 20}
        >
          Add a stage
        </Button>
      </fieldset>
      <fieldset className="stages">
        <legend>Every gate also asks</legend>
        <div className="plan-windows">
          {BOUNDS.map(({ name, label, hint }) => (
            <PlanField
              key={name}
              label={label}
              hint={hint}
              whenEmpty="not asked"
              value={draft.bounds[name]}
              error={errors[`bounds.${name}`]}
              testId={`plan-bound-${name}`}
              onChange={(text) => onChange({ ...draft, bounds: { ...draft.bounds, [name]: text } })}
            />
          ))}
        </div>
        <label className="check">
          <input
            type="checkbox"
            checked={draft.isRevokedOnStop}
            data-testid="plan-revoke-on-stop"
            onChange={({ target }) => onChange({ ...draft, isRevokedOnStop: target.checked })}
          />
          A gate that says stop revokes, instead of pausing
        </label>
      </fieldset>
    </div>
  )
}

const BOUNDS = [
  { name: 'nothingToFetchPercent', label: 'Nothing to fetch, at most %', hint: 'more: the reset is spurious' },
  { name: 'declinePercent', label: 'Declines, at most %', hint: 'people who said not now' },
  { name: 'latency', label: 'Latency, at most', hint: 'of every resource, as the server is told' },
  { name: 'errorPercent', label: 'Failed requests, at most %', hint: 'of every resource' },
] as const satisfies readonly { name: keyof BoundsDraft; label: string; hint: string }[]
