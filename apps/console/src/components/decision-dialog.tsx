import { type ReactNode, useId, useState } from 'react'
import { Button } from 'react-aria-components/Button'
import { Dialog } from 'react-aria-components/Dialog'
import { Heading } from 'react-aria-components/Heading'
import { Modal, ModalOverlay } from 'react-aria-components/Modal'
import { type Failure, failureOf } from '../edge/guard-client.ts'

interface DecisionDialogProps {
  readonly title: string
  readonly confirmLabel: string
  readonly tone: 'primary' | 'danger'
  readonly children: ReactNode
  /** False while the form above the reason is not a decision yet. */
  readonly isReady?: boolean
  readonly isWide?: boolean
  /** Carries the decision out; rejects when the guard did not take it. */
  readonly onConfirm: (reason: string) => Promise<void>
  readonly onClose: () => void
}

/** Asks for a decision and its reason, says what will happen, and stays open with the guard's words when it refuses. */
export function DecisionDialog(props: DecisionDialogProps) {
  const { title, confirmLabel, tone, children, isReady = true, isWide = false, onConfirm, onClose } = props
  const reasonId = useId()
  const [reason, setReason] = useState('')
  const [isSending, setIsSending] = useState(false)
  const [failure, setFailure] = useState<Failure | null>(null)
  const canConfirm = isReady && !isSending && reason.trim() !== ''

  const confirm = async () => {
    setIsSending(true)
    setFailure(null)
    try {
      await onConfirm(reason.trim())
      onClose()
    } catch (thrown) {
      setFailure(failureOf(thrown))
      setIsSending(false)
    }
  }

  return (
    <ModalOverlay className="overlay" isOpen onOpenChange={(isOpen) => !isOpen && onClose()} isDismissable={!isSending}>
      <Modal className={isWide ? 'modal modal-wide' : 'modal'}>
        <Dialog className="dialog" data-testid="decision-dialog">
          <form
            onSubmit={(event) => {
              event.preventDefault()
              if (canConfirm) void confirm()
            }}
          >
            <Heading slot="title">{title}</Heading>
            <div className="dialog-body">{children}</div>
            <label className="field" htmlFor={reasonId}>
              <span>Reason, kept in the ledger with your name</span>
              <textarea
                id={reasonId}
                data-testid="decision-reason"
                rows={2}
                maxLength={500}
                required
                value={reason}
                onChange={(event) => setReason(event.target.value)}
              />
            </label>
            {failure && (
              <p className="problem" role="alert">
                Not done. {failure.message}.
              </p>
            )}
            <div className="dialog-actions">
              <Button className="button" onPress={onClose} isDisabled={isSending}>
                Cancel
              </Button>
              <Button
                type="submit"
                className={`button button-${tone}`}
                isDisabled={!canConfirm}
                data-testid="decision-confirm"
              >
                {isSending ? 'Sending…' : confirmLabel}
              </Button>
            </div>
          </form>
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}
