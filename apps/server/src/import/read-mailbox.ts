import { createReadStream } from 'node:fs'
import { open, readdir, readFile, stat } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { MAX_MESSAGE_BYTES, type RawMessage, tooLarge, type UnreadableMessage } from './raw-message.ts'
import { looksLikeMbox, splitMbox } from './split-mbox.ts'

/** The path given is no mailbox of a kind we read; said to the person who typed it. */
export class NotAMailbox extends Error {
  override readonly name = 'NotAMailbox'
}

type Messages = AsyncGenerator<RawMessage | UnreadableMessage>

/**
 * Opens an mbox file, a Maildir (with its `.Sub.Folders`), a folder of `.eml` files, or one `.eml` file. Mails come in a
 * fixed order: by folder, then by file name or place in the mbox.
 *
 * @throws NotAMailbox when the path is none of these, before the first mail
 */
export async function readMailbox(path: string): Promise<Messages> {
  const info = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new NotAMailbox(
      `Cannot read the mailbox ${path}: ${error.code === 'ENOENT' ? 'it does not exist' : error.message}`,
    )
  })
  if (info.isFile()) {
    if (extname(path) === '.eml') return readFiles([path], 'Inbox')
    if (!looksLikeMbox(await headOf(path))) {
      throw new NotAMailbox(
        `Cannot read the mailbox ${path}: an mbox file begins with a "From " line, this one does not`,
      )
    }
    return splitMbox(createReadStream(path), { folder: 'Inbox', storedAtMs: info.mtimeMs })
  }
  const names = await readdir(path)
  if (names.includes('cur') || names.includes('new')) return readMaildir(path, names)
  const mails = names.filter((name) => extname(name) === '.eml').sort()
  if (mails.length > 0)
    return readFiles(
      mails.map((name) => join(path, name)),
      'Inbox',
    )
  throw new NotAMailbox(
    `Cannot read the mailbox ${path}: a folder holds cur/ and new/ (a Maildir) or .eml files, this one holds neither`,
  )
}

async function* readMaildir(path: string, names: readonly string[]): Messages {
  yield* readMaildirFolder(path, 'Inbox')
  for (const name of names.filter((each) => /^\.[^.]/.test(each)).sort()) {
    yield* readMaildirFolder(join(path, name), name.slice(1).replaceAll('.', '/'))
  }
}

async function* readMaildirFolder(path: string, folder: string): Messages {
  for (const part of ['cur', 'new']) {
    const names = await readdir(join(path, part)).catch(() => [])
    yield* readFiles(
      names
        .filter((name) => !name.startsWith('.'))
        .sort()
        .map((name) => join(path, part, name)),
      folder,
    )
  }
}

async function* readFiles(paths: readonly string[], folder: string): Messages {
  for (const path of paths) {
    const name = basename(path)
    try {
      const info = await stat(path)
      if (info.isDirectory()) continue
      if (info.size > MAX_MESSAGE_BYTES) {
        yield tooLarge(name, info.size)
        continue
      }
      // Maildir flags: the letters after ":2,"; S seen, F flagged, R replied.
      const flags = /:2,([A-Za-z]*)$/.exec(name)?.[1] ?? ''
      yield {
        kind: 'raw',
        name,
        bytes: await readFile(path),
        folder: flags.includes('T') ? 'Trash' : flags.includes('D') ? 'Drafts' : folder,
        seen: flags.includes('S'),
        flagged: flags.includes('F'),
        answered: flags.includes('R'),
        storedAtMs: info.mtimeMs,
      }
    } catch (error) {
      yield { kind: 'unreadable', name, reason: error instanceof Error ? error.message : String(error) }
    }
  }
}

async function headOf(path: string): Promise<string> {
  await using file = await open(path)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(1000), 0, 1000, 0)
  return buffer.subarray(0, bytesRead).toString('latin1')
}
