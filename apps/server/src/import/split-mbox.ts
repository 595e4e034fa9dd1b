import { MAX_MESSAGE_BYTES, type RawMessage, tooLarge, type UnreadableMessage } from './raw-message.ts'

// A separator carries a time and a year; "From my point of view" after an empty line does not, and is text.
const SEPARATOR = /^From .*\d{1,2}:\d{2}.*\d{4}/
const SEPARATOR_DATE = /([A-Z][a-z]{2} [A-Z][a-z]{2} +\d{1,2} \d{1,2}:\d{2}.*)$/
const QUOTED_SEPARATOR = /^>+From /
const LINE_FEED = 10
const GREATER_THAN = 62

/** @returns whether a file that begins with `head` may be an mbox */
export function looksLikeMbox(head: string): boolean {
  return SEPARATOR.test(head.slice(0, 1000).split('\n', 1)[0] ?? '')
}

/**
 * Splits an mbox (mboxrd; mboxo reads the same way) into its mails without holding more than one of them: a separator is
 * a `From ` line with a time after an empty line, and `>From ` loses one `>`. Flags come from `Status` and `X-Status`.
 *
 * @param storedAtMs for mails whose separator carries no date that can be read
 */
export async function* splitMbox(
  chunks: AsyncIterable<Uint8Array>,
  options: { readonly folder: string; readonly storedAtMs: number },
): AsyncGenerator<RawMessage | UnreadableMessage> {
  let lines: Uint8Array[] = []
  let sizeBytes = 0
  let separator: string | null = null
  let count = 0
  let afterEmptyLine = true

  const finished = (): RawMessage | UnreadableMessage => {
    const name = `message ${count}`
    if (sizeBytes > MAX_MESSAGE_BYTES) return tooLarge(name, sizeBytes)
    const bytes = Buffer.concat(lines)
    const headers =
      bytes
        .subarray(0, 65_536)
        .toString('latin1')
        .split(/\r?\n\r?\n/, 1)[0] ?? ''
    const status = [...headers.matchAll(/^(?:X-)?Status:[ \t]*([A-Z]*)/gim)].map((match) => match[1]).join('')
    const datedAtMs = Date.parse(SEPARATOR_DATE.exec(separator ?? '')?.[1] ?? '')
    return {
      kind: 'raw',
      name,
      bytes,
      folder: options.folder,
      seen: status.includes('R'),
      flagged: status.includes('F'),
      answered: status.includes('A'),
      storedAtMs: Number.isNaN(datedAtMs) ? options.storedAtMs : datedAtMs,
    }
  }

  for await (const line of linesOf(chunks)) {
    const head = Buffer.from(line.subarray(0, 200)).toString('latin1').trimEnd()
    if (afterEmptyLine && SEPARATOR.test(head)) {
      if (separator !== null) yield finished()
      separator = head
      lines = []
      sizeBytes = 0
      count += 1
    } else if (separator !== null) {
      const kept = line[0] === GREATER_THAN && QUOTED_SEPARATOR.test(head) ? line.subarray(1) : line
      sizeBytes += kept.length
      if (sizeBytes > MAX_MESSAGE_BYTES) lines = []
      else lines.push(kept)
    }
    afterEmptyLine = head === ''
  }
  if (separator !== null) yield finished()
}

/** Lines with their line ends. */
async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let begun: Uint8Array[] = [] // the pieces of a line that goes on in the next chunk
  for await (const chunk of chunks) {
    let from = 0
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      const piece = chunk.subarray(from, end + 1)
      yield begun.length > 0 ? Buffer.concat([...begun, piece]) : piece
      begun = []
      from = end + 1
    }
    if (from < chunk.length) begun.push(chunk.slice(from))
  }
  if (begun.length > 0) yield Buffer.concat(begun)
}
