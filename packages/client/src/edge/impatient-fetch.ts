/**
 * How long a request may be silent. A guard answers in well under a second and then sends without a pause, so a minute of
 * nothing is a connection of whose end nobody was told. Not a limit on the whole: a large body on a slow line takes what
 * it takes.
 */
export const LONGEST_SILENCE_MS = 60_000

/**
 * A `fetch` that gives a request up once nothing of its answer has come for `silenceMs`; browsers wait for ever. It
 * rejects with a `TimeoutError` then, and so does the body that is being read.
 */
export function impatientFetch(
  fetch: typeof globalThis.fetch,
  silenceMs = LONGEST_SILENCE_MS,
): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new AbortController()
    const givenUp = () => request.abort(init?.signal?.reason)
    if (init?.signal?.aborted) givenUp()
    init?.signal?.addEventListener('abort', givenUp, { once: true })
    let timer: ReturnType<typeof setTimeout> | undefined
    const listen = () => {
      clearTimeout(timer)
      timer = setTimeout(
        () => request.abort(new DOMException(`Nothing came for ${silenceMs} ms`, 'TimeoutError')),
        silenceMs,
      )
    }
    const end = () => {
      clearTimeout(timer)
      init?.signal?.removeEventListener('abort', givenUp)
    }
    listen()
    const response = await fetch(input, { ...init, signal: request.signal }).catch((error: unknown) => {
      end()
      throw error
    })
    // Where bodies are not streams, their silence cannot be heard.
    if (!response.body) {
      end()
      return response
    }
    listen()
    void hear(response.clone(), listen).then(end)
    return response
  }
}

/**
 * Tells each chunk of a body as it comes, from a copy: read through a stream of ours, Chromium tells about one whole answer in
 * five as a request that was given up.
 */
async function hear({ body }: Response, listen: () => void): Promise<void> {
  const reader = body?.getReader()
  try {
    while (reader && !(await reader.read()).done) listen()
  } catch {
    // Whoever reads the answer itself hears why it ended.
  }
}
