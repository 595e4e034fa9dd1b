import { FieldError } from 'react-aria-components/FieldError'
import { Input } from 'react-aria-components/Input'
import { Label } from 'react-aria-components/Label'
import { TextField } from 'react-aria-components/TextField'

interface PlanFieldProps {
  readonly label: string
  readonly isLabelHidden?: boolean
  readonly hint?: string
  /** What an empty field means, if it may be empty. */
  readonly whenEmpty?: string
  readonly value: string
  readonly error: string | undefined
  readonly testId: string
  readonly onChange: (value: string) => void
}

/** One time or number of a plan: its name, what it means, and what is wrong with it. */
export function PlanField({
  label,
  isLabelHidden = false,
  hint,
  whenEmpty,
  value,
  error,
  testId,
  onChange,
}: PlanFieldProps) {
  return (
    <TextField
      className="field"
      value={value}
      onChange={onChange}
      isInvalid={error !== undefined}
      validationBehavior="aria"
      {...(isLabelHidden && { 'aria-label': label })}
    >
      {!isLabelHidden && (
        <Label>
          {label} {hint && <span className="hint">{hint}</span>}
        </Label>
      )}
      <Input data-testid={testId} autoComplete="off" {...(whenEmpty && { placeholder: whenEmpty })} />
      <FieldError className="field-error">{error}</FieldError>
    </TextField>
  )
}
