import { Button } from 'react-aria-components/Button'
import { Menu, MenuItem, MenuTrigger } from 'react-aria-components/Menu'
import { Popover } from 'react-aria-components/Popover'
import { formatMoment } from '../core/list-date.ts'
import { type BodyPayload, displayName, fullAddress, type Message } from '../core/message.ts'
import type { MailActions } from '../edge/use-mail-actions.ts'
import { ArchiveIcon, BackIcon, FlagIcon, FolderIcon, ReplyIcon, TrashIcon, UnreadIcon } from './icons.tsx'
import { MessageBody } from './message-body.tsx'
import { ToolButton } from './tool-button.tsx'

interface ReadingPaneProps {
  readonly message: Message
  /** `absent`: this device does not hold the body yet. */
  readonly body: BodyPayload | 'reading' | 'absent'
  readonly folderNames: readonly string[]
  readonly actions: MailActions
  readonly onBack: () => void
  readonly onReply: () => void
}

/** One mail, straight from the cache. */
export function ReadingPane({ message, body, folderNames, actions, onBack, onReply }: ReadingPaneProps) {
  return (
    <article
      className="reading"
      aria-label={message.subject || '(no subject)'}
      data-testid="reading-pane"
      data-message={message.id}
    >
      <div className="toolbar">
        <span className="only-narrow">
          <ToolButton label="Back to the list" testId="back" onPress={onBack}>
            <BackIcon />
          </ToolButton>
        </span>
        <ToolButton label="Reply" shortcut="r" testId="reply" onPress={onReply}>
          <ReplyIcon />
        </ToolButton>
        <ToolButton
          label={message.flagged ? 'Take the flag off' : 'Flag'}
          shortcut="s"
          testId="flag"
          isPressed={message.flagged}
          onPress={() => actions.setFlag(message, !message.flagged)}
        >
          <FlagIcon isFilled={message.flagged} />
        </ToolButton>
        <ToolButton
          label={message.seen ? 'Mark as unread' : 'Mark as read'}
          shortcut="u"
          testId="toggle-read"
          onPress={() => actions.setSeen(message, !message.seen)}
        >
          <UnreadIcon />
        </ToolButton>
        {message.folder !== 'Archive' && (
          <ToolButton label="Archive" shortcut="e" testId="archive" onPress={() => actions.move(message, 'Archive')}>
            <ArchiveIcon />
          </ToolButton>
        )}
        <MenuTrigger>
          <Button className="tool" aria-label="Move to a folder" data-testid="move">
            <FolderIcon />
          </Button>
          <Popover className="popover">
            <Menu className="menu" onAction={(folder) => actions.move(message, String(folder))}>
              {folderNames
                .filter((folder) => folder !== message.folder)
                .map((folder) => (
                  <MenuItem key={folder} id={folder} className="menu-item">
                    {folder}
                  </MenuItem>
                ))}
            </Menu>
          </Popover>
        </MenuTrigger>
        <ToolButton
          label={message.folder === 'Trash' ? 'Delete for good' : 'Move to Trash'}
          shortcut="Del"
          testId="delete"
          onPress={() => actions.remove(message)}
        >
          <TrashIcon />
        </ToolButton>
      </div>
      <div className="reading-scroll">
        <header className="reading-head">
          <h1>{message.subject || '(no subject)'}</h1>
          <p>
            <strong>{displayName(message.from)}</strong>{' '}
            {message.from?.name && <span className="quiet">{message.from.address}</span>}
          </p>
          <p className="quiet">
            {message.to.length > 0 && <>To {message.to.map(fullAddress).join(', ')}. </>}
            {message.cc.length > 0 && <>Copy to {message.cc.map(fullAddress).join(', ')}. </>}
            <time dateTime={new Date(message.receivedAtMs).toISOString()}>{formatMoment(message.receivedAtMs)}</time>
          </p>
        </header>
        {body === 'absent' && (
          <p className="body-absent" data-testid="body-absent">
            The text of this mail is not on this device yet. It comes with the next download.
          </p>
        )}
        {typeof body === 'object' && <MessageBody key={message.id} body={body} />}
      </div>
    </article>
  )
}
