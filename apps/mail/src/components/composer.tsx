import { type FormEvent, useEffect, useRef, useState } from 'react'
import { Button } from 'react-aria-components/Button'
import { type Draft, readAddresses } from '../core/draft.ts'

interface ComposerProps {
  readonly draft: Draft
  readonly isSaved: boolean
  /** How far its newest words are kept. */
  readonly keptLine: string
  readonly onChange: (draft: Draft) => void
  /** Rejects when the mail was not sent; its message is shown and the draft stays. */
  readonly onSend: (draft: Draft) => Promise<void>
  readonly onDiscard: () => void
  readonly onClose: () => void
}

/** Writing a mail. Every keystroke is kept on this device at once; only sending or discarding lets go of it. */
export function Composer({ draft, isSaved, keptLine, onChange, onSend, onDiscard, onClose }: ComposerProps) {
  const [problem, setProblem] = useState<string | null>(null)
  const [isSending, setIsSending] = useState(false)
  const firstField = useRef<HTMLInputElement>(null)
  const text = useRef<HTMLTextAreaElement>(null)
  const isReply = useRef(draft.to !== '')

  // A reply starts above the quote; a new mail starts with whom it is for.
  useEffect(() => {
    if (isReply.current) {
      text.current?.focus()
      text.current?.setSelectionRange(0, 0)
    } else firstField.current?.focus()
  }, [])

  const send = async (event: FormEvent) => {
    event.preventDefault()
    const read = readAddresses(draft.to)
    if (read.kind === 'problem') return setProblem(`“${read.part}” is not an address.`)
    if (read.addresses.length === 0) return setProblem('Write whom it is for.')
    setProblem(null)
    setIsSending(true)
    try {
      await onSend(draft)
    } catch (thrown) {
      setProblem(
        `Not sent. ${thrown instanceof Error ? thrown.message : 'The server does not answer'}. The draft stays here.`,
      )
      setIsSending(false)
    }
  }

  return (
    <form
      className="composer"
      data-testid="draft-editor"
      data-draft={draft.writeId}
      data-saved={isSaved}
      onSubmit={send}
    >
      <div className="composer-head">
        <h1>{isReply.current ? 'Reply' : 'New mail'}</h1>
        <span className="quiet" data-testid="draft-state" role="status">
          {keptLine}
        </span>
      </div>
      <label className="composer-field">
        <span>To</span>
        <input
          ref={firstField}
          data-testid="draft-to"
          value={draft.to}
          autoComplete="off"
          onChange={(event) => onChange({ ...draft, to: event.target.value })}
        />
      </label>
      <label className="composer-field">
        <span>Subject</span>
        <input
          data-testid="draft-subject"
          value={draft.subject}
          autoComplete="off"
          onChange={(event) => onChange({ ...draft, subject: event.target.value })}
        />
      </label>
      <textarea
        ref={text}
        aria-label="Text"
        data-testid="draft-text"
        value={draft.text}
        onChange={(event) => onChange({ ...draft, text: event.target.value })}
      />
      {problem && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
      <div className="composer-actions">
        <Button type="submit" className="button button-primary" isDisabled={isSending} data-testid="draft-send">
          {isSending ? 'Sending…' : 'Send'}
        </Button>
        <Button className="button" onPress={onClose} data-testid="draft-close">
          Close
        </Button>
        <span className="space" />
        <Button className="button button-danger" onPress={onDiscard} data-testid="draft-discard">
          Discard
        </Button>
      </div>
    </form>
  )
}
