import { Button } from 'react-aria-components/Button'
import { Dialog } from 'react-aria-components/Dialog'
import { Heading } from 'react-aria-components/Heading'
import { Modal, ModalOverlay } from 'react-aria-components/Modal'

const SHORTCUTS = [
  ['j, k or arrows', 'next and previous mail'],
  ['c', 'write a mail'],
  ['r', 'reply'],
  ['s', 'flag, or take the flag off'],
  ['u', 'mark as unread or read'],
  ['e', 'archive'],
  ['Del or #', 'move to Trash; in Trash, delete for good'],
  ['/', 'search'],
  ['Esc', 'close what is open'],
  ['?', 'this list'],
] as const

export function ShortcutsDialog({ onClose }: { readonly onClose: () => void }) {
  return (
    <ModalOverlay className="overlay" isOpen onOpenChange={(isOpen) => !isOpen && onClose()} isDismissable>
      <Modal className="modal">
        <Dialog className="dialog">
          <Heading slot="title">Keys</Heading>
          <dl className="shortcuts">
            {SHORTCUTS.map(([key, meaning]) => (
              <div key={key}>
                <dt>
                  <kbd>{key}</kbd>
                </dt>
                <dd>{meaning}</dd>
              </div>
            ))}
          </dl>
          <div className="dialog-actions">
            <Button className="button" slot="close">
              Close
            </Button>
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}
