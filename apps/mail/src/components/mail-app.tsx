import { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { Button } from 'react-aria-components/Button'
import { foldersOf, messagesIn, neighbourOf } from '../core/mailbox.ts'
import type { Message } from '../core/message.ts'
import type { MailSession } from '../edge/open-mail-session.ts'
import { useBody } from '../edge/use-body.ts'
import { useDrafting } from '../edge/use-drafting.ts'
import { useMailActions } from '../edge/use-mail-actions.ts'
import { useResync } from '../edge/use-resync.ts'
import { useShortcuts } from '../edge/use-shortcuts.ts'
import { Composer } from './composer.tsx'
import { ConfirmDialog } from './confirm-dialog.tsx'
import { DraftList } from './draft-list.tsx'
import { FolderList } from './folder-list.tsx'
import { PenIcon } from './icons.tsx'
import { MessageList } from './message-list.tsx'
import { ReadingPane } from './reading-pane.tsx'
import { ResyncPanel } from './resync-panel.tsx'
import { ShortcutsDialog } from './shortcuts-dialog.tsx'

/** A mail that stays open this long was read; walking past it with the arrow keys is not reading. */
const READ_AFTER_MS = 700

/** Folders, mails, one mail or one draft, and the line that says how the device stands. */
export function MailApp({ session }: { readonly session: MailSession }) {
  const { cache, tidegate, store, api } = session
  const sync = session.sync.now
  const { mailbox, isRead } = useSyncExternalStore(store.subscribe, store.snapshot)
  const drafting = useDrafting(session)
  const { drafts, draft } = drafting
  const resync = useResync(session)

  const [folder, setFolder] = useState('Inbox')
  const [query, setQuery] = useState('')
  const [selectedId, setSelectedId] = useState<string | null>(null)
  const [dialog, setDialog] = useState<'shortcuts' | Message | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const search = useRef<HTMLInputElement>(null)

  const wanted = useDeferredValue(query)
  const folders = useMemo(() => foldersOf(mailbox), [mailbox])
  const messages = useMemo(() => messagesIn(mailbox, folder, wanted), [mailbox, folder, wanted])
  const message = selectedId === null ? undefined : mailbox.get(selectedId)
  const body = useBody(cache, message?.bodyId ?? null)

  const latestMessages = useRef(messages)
  latestMessages.current = messages
  const onLeaving = useCallback(({ id }: Message) => setSelectedId(neighbourOf(latestMessages.current, id)), [])
  const actions = useMailActions({ store, api, sync, onLeaving, onProblem: setProblem })
  const guarded = useMemo(
    () => ({
      ...actions,
      remove: (each: Message) => (each.folder === 'Trash' ? setDialog(each) : actions.remove(each)),
    }),
    [actions],
  )

  const { setSeen } = actions
  useEffect(() => {
    if (message === undefined || message.seen || draft !== undefined) return
    const timer = setTimeout(() => setSeen(message, true), READ_AFTER_MS)
    return () => clearTimeout(timer)
    // Only opening a mail marks it: one that is marked unread while it is open stays unread.
  }, [message?.id, draft === undefined])

  const bodyId = message?.bodyId
  useEffect(() => {
    if (message?.id !== undefined && bodyId !== undefined) tidegate.prioritise([message.id, bodyId])
  }, [tidegate, message?.id, bodyId])

  const select = (id: string) => {
    drafting.close()
    setSelectedId(id)
  }
  const step = (by: 1 | -1) => {
    const at = messages.findIndex(({ id }) => id === selectedId)
    const next = messages[at === -1 ? 0 : at + by]
    if (next) select(next.id)
  }
  const reply = () => message && drafting.reply(message, typeof body === 'object' ? body : null)

  const withMessage = (act: (message: Message) => void) => () => message && act(message)
  useShortcuts({
    j: () => step(1),
    k: () => step(-1),
    c: drafting.begin,
    r: reply,
    s: withMessage((each) => actions.setFlag(each, !each.flagged)),
    u: withMessage((each) => actions.setSeen(each, !each.seen)),
    e: withMessage((each) => actions.move(each, 'Archive')),
    '#': withMessage(guarded.remove),
    Delete: withMessage(guarded.remove),
    '/': () => search.current?.focus(),
    '?': () => setDialog('shortcuts'),
    Escape: () => (draft ? drafting.close() : setSelectedId(null)),
  })

  const isDetailOpen = draft !== undefined || message !== undefined
  return (
    <div className={isDetailOpen ? 'mail mail-detail' : 'mail'} data-testid="mail" data-read={isRead}>
      <nav className="side" aria-label="Mailbox">
        <div className="brand">
          <strong>Tidegate Mail</strong>
          <span className="quiet" data-testid="account">
            {session.address}
          </span>
        </div>
        <Button className="button button-primary compose" onPress={drafting.begin} data-testid="compose">
          <PenIcon /> Write
        </Button>
        <FolderList
          folders={folders}
          draftCount={drafts.length}
          selected={folder}
          onSelect={(name) => {
            setFolder(name)
            setSelectedId(null)
          }}
        />
        <Button className="link keys-hint" onPress={() => setDialog('shortcuts')}>
          Keys <kbd>?</kbd>
        </Button>
      </nav>

      <section className="list" aria-label={folder}>
        <div className="list-head">
          <input
            ref={search}
            type="search"
            className="search"
            placeholder={`Search ${folder}`}
            aria-label={`Search ${folder}`}
            data-testid="search"
            value={query}
            onChange={(event) => setQuery(event.target.value)}
            onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.blur()}
          />
        </div>
        {problem && (
          <p className="problem-line" role="alert">
            {problem}
            <Button className="link" onPress={() => setProblem(null)}>
              Close
            </Button>
          </p>
        )}
        {folder === 'Drafts' && <DraftList drafts={drafts} onOpen={drafting.open} />}
        <MessageList
          label={`Mails in ${folder}`}
          messages={messages}
          selectedId={selectedId}
          emptyText={
            mailbox.size === 0 && (resync.view.state !== 'current' || resync.view.controls.includes('load'))
              ? `${resync.view.line}.`
              : emptyText(isRead, query, folder, drafts.length)
          }
          onSelect={select}
        />
      </section>

      <main className="detail">
        {draft ? (
          <Composer
            key={draft.writeId}
            draft={draft}
            isSaved={drafting.isSaved}
            keptLine={drafting.keptLine}
            onChange={drafting.change}
            onSend={drafting.send}
            onDiscard={drafting.discard}
            onClose={drafting.close}
          />
        ) : message ? (
          <ReadingPane
            message={message}
            body={body}
            folderNames={folders.map(({ name }) => name).filter((name) => name !== 'Drafts' && name !== 'Sent')}
            actions={guarded}
            onBack={() => setSelectedId(null)}
            onReply={reply}
          />
        ) : (
          <p className="nothing-open">Choose a mail to read it.</p>
        )}
      </main>

      <ResyncPanel
        view={resync.view}
        outcome={resync.outcome}
        syncNote={resync.syncNote}
        onChoose={resync.choose}
        onControl={resync.control}
      />

      {dialog === 'shortcuts' && <ShortcutsDialog onClose={() => setDialog(null)} />}
      {typeof dialog === 'object' && dialog !== null && (
        <ConfirmDialog
          title="Delete for good?"
          text={`“${dialog.subject || '(no subject)'}” cannot be brought back.`}
          confirmLabel="Delete for good"
          onConfirm={() => actions.remove(dialog)}
          onClose={() => setDialog(null)}
        />
      )}
    </div>
  )
}

function emptyText(isRead: boolean, query: string, folder: string, draftCount: number): string {
  if (!isRead) return 'Opening…'
  if (query.trim() !== '') return `Nothing in ${folder} matches.`
  return folder === 'Drafts' && draftCount > 0 ? '' : `${folder} is empty.`
}
