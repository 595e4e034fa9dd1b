import type { ReactNode } from 'react'
import { Button } from 'react-aria-components/Button'
import { Tooltip, TooltipTrigger } from 'react-aria-components/Tooltip'

interface ToolButtonProps {
  readonly label: string
  /** The key that does the same; shown with the label. */
  readonly shortcut?: string
  readonly testId: string
  readonly isPressed?: boolean
  readonly onPress: () => void
  readonly children: ReactNode
}

/** A button that shows a picture and tells its name and key when pointed at. */
export function ToolButton({ label, shortcut, testId, isPressed, onPress, children }: ToolButtonProps) {
  return (
    <TooltipTrigger delay={500}>
      <Button
        className={isPressed ? 'tool tool-pressed' : 'tool'}
        aria-label={label}
        data-testid={testId}
        onPress={onPress}
        {...(isPressed !== undefined && { 'aria-pressed': isPressed })}
      >
        {children}
      </Button>
      <Tooltip className="tooltip" placement="bottom">
        {label}
        {shortcut && <kbd>{shortcut}</kbd>}
      </Tooltip>
    </TooltipTrigger>
  )
}
