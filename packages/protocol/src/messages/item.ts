import { z } from 'zod'
import { ContentHash, ItemId } from '../ids.ts'
import { Bytes, Count, Ordinal } from '../quantities.ts'

/**
 * An item without its payload. `contentHash` covers what clients store and is opaque to them; `revision` is only a
 * change counter, so an item whose revision moved and whose contentHash did not needs no payload.
 */
export const ItemHead = z.object({
  id: ItemId,
  ordinal: Ordinal,
  revision: Count,
  contentHash: ContentHash,
  payloadBytes: Bytes,
})
export type ItemHead = z.infer<typeof ItemHead>

/** An item with what the app stores of it: any JSON value. */
export const Item = ItemHead.extend({ payload: z.json() })
export type Item = z.infer<typeof Item>
