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
]

/** Whether an answer is to be read: an error, a redirect and a 304 hold no page. */
export function holdsPage(open: OpenRequest<unknown>, { status }: HttpAnswer): boolean {
  return status === 200 && open.mustRead() !== 'not'
}

/**
 * What to send in place of the host's text.
 *
 * @returns null when it may leave as it is
 * @throws TypeError for an answer that cannot be looked into and so must not leave; Denied, see {@link OpenRequest}
 */
export async function screenedText<Page>(
  open: OpenRequest<Page>,
  answer: HttpAnswer,
  text: string,
): Promise<string | null> {
  const page = pageOf(open, answer, text)
  if (page === null) return null
  const screened = await open.screen(page)
  return screened === page ? null : JSON.stringify(screened)
}

function pageOf<Page>(
  open: OpenRequest<Page>,
  { contentType, contentEncoding }: HttpAnswer,
  text: string,
): Page | null {
  try {
    if (contentEncoding !== null && contentEncoding !== 'identity')
      throw new TypeError(`Cannot guard a page in ${contentEncoding}: compress outside of the egress`)
    if (!/^application\/([\w.-]+\+)?json\b/i.test(contentType ?? ''))
      throw new TypeError(`Cannot guard a page of type ${contentType}: it must be JSON`)
    return JSON.parse(text) as Page // the host's own page, as it was about to be sent
  } catch (error) {
    if (open.mustRead() === 'must') throw error
    return null
  }
}
