import { CLIENT_HEADER, type ClientIdentity, formatClientHeader, STATE_HEADER } from '@tidegate/protocol'

/**
 * A `fetch` for the app's ordinary requests to its own API: says who is asking, and hands on the state tag of each
 * answer. Not for other hosts, nor for what a shared cache may answer: a tag that is absent there means nothing.
 */
export function taggedFetch(options: {
  readonly client: ClientIdentity
  readonly notice: (tag: string | null) => void
  readonly fetch: typeof globalThis.fetch
}): typeof globalThis.fetch {
  return async (input, init) => {
    const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined))
    headers.set(CLIENT_HEADER, formatClientHeader(options.client))
    const response = await options.fetch(input, { ...init, headers })
    const tag = response.headers.get(STATE_HEADER)
    // An error page need not come from the app; without a tag it says nothing.
    if (tag !== null || response.ok) options.notice(tag)
    return response
  }
}
