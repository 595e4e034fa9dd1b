/** What tabs tell each other. Messages are plain data; nobody hears its own. */
export interface Channel {
  post(message: unknown): void
  listen(listener: (message: unknown) => void): () => void
  close(): void
}

/** A BroadcastChannel where the platform has one; else nobody else is there to hear. */
export function platformChannel(name: string): Channel {
  if (typeof BroadcastChannel === 'undefined') return silentChannel()
  const channel = new BroadcastChannel(name)
  // Node: a channel that is only listened to must not keep the process alive.
  if ('unref' in channel && typeof channel.unref === 'function') channel.unref()
  return {
    post: (message) => channel.postMessage(message),
    listen: (listener) => {
      const hear = (event: MessageEvent) => listener(event.data)
      channel.addEventListener('message', hear)
      return () => channel.removeEventListener('message', hear)
    },
    close: () => channel.close(),
  }
}

function silentChannel(): Channel {
  return { post: () => {}, listen: () => () => {}, close: () => {} }
}
