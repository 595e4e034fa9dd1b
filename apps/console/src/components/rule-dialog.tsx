import { Button } from 'react-aria-components/Button'
import { Dialog } from 'react-aria-components/Dialog'
import { Heading } from 'react-aria-components/Heading'
import { Modal, ModalOverlay } from 'react-aria-components/Modal'
import { type RulePart, readRulePage } from '../core/rule-page.ts'
import { inlineText } from './inline-text.tsx'
import { rulePage } from './rule-pages.ts'

/** A rule's own page, in place, so that nobody has to leave a decision to look it up. */
export function RuleDialog({ ruleId, onClose }: { readonly ruleId: string; readonly onClose: () => void }) {
  const markdown = rulePage(ruleId)
  const parts = readRulePage(markdown ?? '')
  const [first, ...rest] = parts
  const title = first?.kind === 'heading' ? first.text : ruleId
  return (
    <ModalOverlay className="overlay" isOpen onOpenChange={(isOpen) => !isOpen && onClose()} isDismissable>
      <Modal className="modal">
        <Dialog className="dialog" data-testid="rule-page">
          <Heading slot="title">{title}</Heading>
          <div className="dialog-body rule-page">
            {markdown === null && <p>This console has no page for {ruleId}. The finding itself says what to do.</p>}
            {(first?.kind === 'heading' ? rest : parts).map((part, at) => (
              <Part key={at} part={part} />
            ))}
          </div>
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

function Part({ part }: { readonly part: RulePart }) {
  switch (part.kind) {
    case 'heading':
      return <h3>{part.text}</h3>
    case 'code':
      return <pre>{part.text}</pre>
    case 'list':
      return (
        <ul>
          {part.items.map((item) => (
            <li key={item}>{inlineText(item)}</li>
          ))}
        </ul>
      )
    case 'paragraph':
      return <p>{inlineText(part.text)}</p>
  }
}
