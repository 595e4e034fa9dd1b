import { ListBox, ListBoxItem } from 'react-aria-components/ListBox'
import { formatCount } from '../core/figures.ts'
import type { FolderView } from '../core/mailbox.ts'

interface FolderListProps {
  readonly folders: readonly FolderView[]
  readonly draftCount: number
  readonly selected: string
  readonly onSelect: (folder: string) => void
}

/** The folders, with how many mails in them are unread; Drafts counts what is written here and not sent. */
export function FolderList({ folders, draftCount, selected, onSelect }: FolderListProps) {
  return (
    <ListBox
      className="folder-list"
      aria-label="Folders"
      data-testid="folder-list"
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={[selected]}
      onSelectionChange={(keys) => {
        const picked = folders.find((folder) => keys !== 'all' && keys.has(folder.name))
        if (picked) onSelect(picked.name)
      }}
      items={folders.map((folder) => ({ ...folder, id: folder.name, draftCount }))}
      dependencies={[draftCount]}
    >
      {(folder) => {
        const count = folder.name === 'Drafts' ? folder.messageCount + folder.draftCount : folder.unseenCount
        return (
          <ListBoxItem className="folder" textValue={folder.name} data-testid="folder" data-folder={folder.name}>
            <span className="folder-name">{folder.name}</span>
            {count > 0 && (
              <span className="folder-count" data-testid="folder-count">
                {formatCount(count)}
                <span className="hidden"> {folder.name === 'Drafts' ? 'drafts' : 'unread'}</span>
              </span>
            )}
          </ListBoxItem>
        )
      }}
    </ListBox>
  )
}
