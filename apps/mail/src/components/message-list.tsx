import { GridList, GridListItem } from 'react-aria-components/GridList'
import { ListLayout, Virtualizer } from 'react-aria-components/Virtualizer'
import { formatListDate } from '../core/list-date.ts'
import { displayName, type Message } from '../core/message.ts'
import { ClipIcon, FlagIcon } from './icons.tsx'

/** Three lines of text and their air; fixed, so that a list of thousands knows its height without measuring. */
const ROW_HEIGHT_PX = 82

interface MessageListProps {
  readonly label: string
  readonly messages: readonly Message[]
  readonly selectedId: string | null
  readonly emptyText: string
  readonly onSelect: (id: string) => void
}

/** The mails of a folder. Only the rows in sight exist; arrow keys walk, and walking reads. */
export function MessageList({ label, messages, selectedId, emptyText, onSelect }: MessageListProps) {
  return (
    <Virtualizer layout={ListLayout} layoutOptions={{ rowHeight: ROW_HEIGHT_PX }}>
      <GridList
        className="message-list"
        aria-label={label}
        data-testid="message-list"
        data-count={messages.length}
        items={messages}
        selectionMode="single"
        selectionBehavior="replace"
        // Letters are shortcuts here.
        disallowTypeAhead
        // Escape closes the mail, which is the page's to do.
        escapeKeyBehavior="none"
        selectedKeys={selectedId === null ? [] : [selectedId]}
        onSelectionChange={(keys) => {
          const [key] = keys === 'all' ? [] : keys
          if (key !== undefined) onSelect(String(key))
        }}
        onAction={(key) => onSelect(String(key))}
        renderEmptyState={() => <p className="list-empty">{emptyText}</p>}
      >
        {(message) => <Row message={message} />}
      </GridList>
    </Virtualizer>
  )
}

function Row({ message }: { readonly message: Message }) {
  const people =
    message.folder === 'Sent' || message.folder === 'Drafts'
      ? `To ${message.to.map(displayName).join(', ') || 'nobody yet'}`
      : displayName(message.from)
  return (
    <GridListItem
      id={message.id}
      className={message.seen ? 'row' : 'row row-unread'}
      textValue={`${people}, ${message.subject}${message.seen ? '' : ', unread'}`}
      data-testid="message-row"
      data-message={message.id}
      data-unread={!message.seen}
      data-flagged={message.flagged}
    >
      <span className="row-mark" aria-hidden="true" />
      <span className="row-from">{people}</span>
      <span className="row-date">{formatListDate(message.receivedAtMs, Date.now())}</span>
      <span className="row-subject">{message.subject || '(no subject)'}</span>
      <span className="row-icons">
        {message.attachmentCount > 0 && <ClipIcon label="Has attachments" />}
        {message.flagged && <FlagIcon isFilled label="Flagged" />}
      </span>
      <span className="row-snippet">{message.snippet}</span>
    </GridListItem>
  )
}
