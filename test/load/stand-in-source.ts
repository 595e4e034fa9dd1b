import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { type CollectionSource, Item } from '@tidegate/protocol'

/** A source whose pages are read from the storage stand-in: each one full, a single item that is small to carry. */
export function standInSource(socketPath: string): CollectionSource {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const read = async (units: number) => {
    const response = await new Promise<NodeJS.ReadableStream>((resolve, reject) => {
      request({ socketPath, agent, method: 'POST', path: `/read?units=${units}&level=resync` }, resolve)
        .once('error', reject)
        .end()
    })
    return text(response)
  }
  const never = async () => {
    throw new Error('Cannot compare: the stand-in only serves pages')
  }
  return {
    collections: ['messages'],
    digests: never,
    list: never,
    changesSince: never,
    async fetch(_, { collection, ids }, pageBytes) {
      await read(pageBytes)
      return { collection, asOf: 1, items: [{ ...ITEM, payloadBytes: pageBytes }], missing: [], deferred: ids.slice(1) }
    },
  } as CollectionSource // `asOf` is branded
}

const ITEM = Item.parse({
  id: 'm-1',
  ordinal: 1,
  revision: 1,
  contentHash: '0'.repeat(64),
  payloadBytes: 0,
  payload: null,
})
