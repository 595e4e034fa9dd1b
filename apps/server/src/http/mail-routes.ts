import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AccountId } from '@tidegate/protocol'
import { z } from 'zod'
import type { MailboxService } from '../mailbox/mailbox-service.ts'
import { Address, DRAFTS, Folder, type NewMessage, SENT, snippetOf } from '../mailbox/message.ts'
import { storableText } from '../mailbox/storable-text.ts'
import { readJson, sendJson } from './respond.ts'

/** Largest request a page sends: a long mail with quotes. Attachments are not taken. */
const MAX_REQUEST_BYTES = 2_000_000
/** What "select all" of a large folder sends in one request. */
const MAX_IDS = 5_000

const Ids = z.array(z.uuid()).min(1).max(MAX_IDS)
const Text = z.string().max(1_000_000).transform(storableText)
const Line = z.string().max(998).transform(storableText) // the longest line of RFC 5322
const People = z.array(Address.extend({ name: Line, address: Line })).max(500)

const SetFlags = z.object({
  ids: Ids,
  seen: z.boolean().optional(),
  flagged: z.boolean().optional(),
  answered: z.boolean().optional(),
})
const Move = z.object({ ids: Ids, folder: Folder })
const Delete = z.object({ ids: Ids })
/** A mail that arrives: what a delivery agent would hand over, made by hand. */
const Deliver = z.object({
  from: Address.extend({ name: Line, address: Line }),
  subject: Line,
  text: Text,
  folder: Folder.default('Inbox'),
})
const Write = z.object({
  writeId: z.string().min(1).max(128).transform(storableText),
  draftId: z.uuid().nullable().default(null),
  to: People.default([]),
  cc: People.default([]),
  subject: Line.default(''),
  text: Text.default(''),
})

export interface MailRoutes {
  readonly service: MailboxService
  readonly nowMs: () => number
  /** How a mail of the account is signed. */
  readonly ownerOf: (accountId: AccountId) => Promise<Address>
}

/**
 * What the mail page does to the mailbox: `GET /api/folders`, `POST /api/flags`, `/api/move`, `/api/delete`,
 * `/api/deliver`, `/api/draft`, `/api/send`. JSON in, JSON out. Reading mail is not here: pages read their cache, and the
 * cache reads the guard.
 *
 * @returns false when the path is none of these
 * @throws Denied `invalid` for a body that does not fit, `conflict` for a draft that is gone
 */
export async function answerMailRoute(
  { service, nowMs, ownerOf }: MailRoutes,
  accountId: AccountId,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<boolean> {
  const input = <Shape>(schema: z.ZodType<Shape>) => readJson(request, schema, MAX_REQUEST_BYTES)
  switch (`${request.method} ${path}`) {
    case 'GET /api/folders':
      sendJson(response, 200, { folders: await service.folders(accountId) })
      return true
    case 'POST /api/flags': {
      const { ids, ...flags } = await input(SetFlags)
      sendJson(response, 200, { changedCount: await service.setFlags(accountId, ids, flags) })
      return true
    }
    case 'POST /api/move': {
      const { ids, folder } = await input(Move)
      sendJson(response, 200, { changedCount: await service.move(accountId, ids, folder) })
      return true
    }
    case 'POST /api/delete': {
      const { ids } = await input(Delete)
      sendJson(response, 200, { changedCount: await service.delete(accountId, ids) })
      return true
    }
    case 'POST /api/deliver': {
      const mail = await input(Deliver)
      const to = [await ownerOf(accountId)]
      const message = composed({ ...mail, to, cc: [], seen: false, receivedAtMs: nowMs() })
      sendJson(response, 200, { id: await service.append(accountId, message) })
      return true
    }
    case 'POST /api/draft':
    case 'POST /api/send': {
      const { writeId, draftId, ...mail } = await input(Write)
      const folder = path === '/api/send' ? SENT : DRAFTS
      const from = await ownerOf(accountId)
      const message = composed({ ...mail, from, folder, seen: true, receivedAtMs: nowMs() })
      sendJson(response, 200, { id: await service.write(accountId, { writeId, draftId, message }) })
      return true
    }
    default:
      return false
  }
}

type Composition = Pick<NewMessage, 'from' | 'to' | 'cc' | 'subject' | 'folder' | 'seen' | 'receivedAtMs'> & {
  readonly text: string
}

function composed({ text, ...fields }: Composition): NewMessage {
  return {
    ...fields,
    flagged: false,
    answered: false,
    snippet: snippetOf(text),
    sizeBytes: Buffer.byteLength(text) + Buffer.byteLength(fields.subject),
    attachmentCount: 0,
    messageId: null,
    body: { text, html: null, attachments: [] },
  }
}
