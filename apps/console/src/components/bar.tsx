import { Meter } from 'react-aria-components/Meter'

interface BarProps {
  readonly label: string
  /** 0..1 */
  readonly ratio: number
  readonly valueText: string
  readonly tone?: 'plain' | 'good' | 'warn'
}

/** A small bar with its meaning in words beside it; the figure never depends on colour alone. */
export function Bar({ label, ratio, valueText, tone = 'plain' }: BarProps) {
  return (
    <Meter className="bar" aria-label={label} value={ratio * 100} valueLabel={valueText}>
      <span className="bar-label">{label}</span>
      <span className="bar-track">
        <span className={`bar-fill bar-${tone}`} style={{ width: `${Math.max(ratio > 0 ? 1 : 0, ratio * 100)}%` }} />
      </span>
      <span className="bar-value">{valueText}</span>
    </Meter>
  )
}
