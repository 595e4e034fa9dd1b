import type { EventRequest, OpenRequest } from '../../egress/egress.ts'

/** How requests for pages of events look in HTTP. The cursor must be in the URL, and pages are JSON. */
export interface HttpStream<Request> {
  /** Whose request it is and the cursor it presents; null for a request that is not for this stream, which passes as it is. */
  readonly read: (request: Request, url: URL) => EventRequest | null | Promise<EventRequest | null>
  /** The URL with another cursor in its place. It may be changed and returned. */
  readonly withCursor: (url: URL, cursor: string) => URL
}

/** A host's answer, as far as the egress cares. */
export interface HttpAnswer {
  readonly status: number
  readonly contentType: string | null
  readonly contentEncoding: string | null
}

/** Headers that describe the bytes of a page, and would lie about a rewritten one. */
export const HEADERS_OF_BYTES: readonly string[] = [
  'content-length',
  'content-md5',
  'content-digest',
  'repr-digest',
  'digest',
  'etag',
  'last-modified',
  'transfer-encoding',
  'trailer',
]

/**
 * Headers with which a client asks for less than a page: nothing when it has it already, or a part of it. While flags are
 * attached the host must not see them: a quiet account's page stays the same, and a flag has to be put on it all the same.
 */
export const HEADERS_OF_PARTS: readonly string[] = [
  'if-none-match',
  'if-modified-since',
  'if-match',
  'if-unmodified-since',
  'if-range',
  'range',
]

/** Whether a request is for a page whole and new, whatever its client says that it has. */
export function needsWholePage(open: OpenRequest<unknown>): boolean {
  return open.mustRead() === 'must'
}

/**
 * Whether an answer is to be read to its end: an error, a redirect and a 304 hold no page, nor does one without a body.
 *
 * @throws TypeError for an answer that cannot be looked into and so must not leave
 */
export function holdsPage(open: OpenRequest<unknown>, { status, contentType, contentEncoding }: HttpAnswer): boolean {
  const mustRead = open.mustRead()
  if (mustRead === 'not' || status < 200 || status > 299 || status === 204 || status === 205) return false
  const flaw = flawOf(status, contentType, contentEncoding)
  if (flaw === null) return true
  if (mustRead === 'must') throw new TypeError(`Cannot guard a page ${flaw}`)
  return false
}

function flawOf(status: number, contentType: string | null, contentEncoding: string | null): string | null {
  if (contentEncoding !== null && contentEncoding !== 'identity')
    return `in ${contentEncoding}: compress outside of the egress`
  if (!/^application\/([\w.-]+\+)?json\b/i.test(contentType ?? '')) return `of type ${contentType}: it must be JSON`
  return status === 206 ? 'of which only a part was sent' : null
}

/**
 * What to send in place of the host's text.
 *
 * @returns null when it may leave as it is
 * @throws SyntaxError for text that is no JSON and so must not leave; Denied, see {@link OpenRequest}
 */
export async function screenedText<Page>(open: OpenRequest<Page>, text: string): Promise<string | null> {
  const page = pageOf(open, text)
  if (page === null) return null
  const screened = await open.screen(page)
  return screened === page ? null : JSON.stringify(screened)
}

function pageOf<Page>(open: OpenRequest<Page>, text: string): Page | null {
  try {
    return JSON.parse(text) as Page // the host's own page, as it was about to be sent
  } catch (error) {
    if (open.mustRead() === 'must') throw error
    return null
  }
}
