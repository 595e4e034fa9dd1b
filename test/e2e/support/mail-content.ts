import { trpcGuardApi } from '@tidegate/client'
import { ALL_ORDINALS, CollectionName, type ItemHead } from '@tidegate/protocol'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import type { MailLives } from './mail-lives.ts'
import { withDatabase } from './mailbox-rows.ts'

const COLLECTIONS = ['messages', 'bodies'] as const
type Heads = Readonly<Record<string, string>>

/** Expects the device to hold what the server does, by id, ordinal and contentHash, and its own digests to be those of what it holds. */
export async function expectSameHeads(lives: MailLives, page: Page): Promise<void> {
  const { accountId } = lives.owner
  for (const collection of COLLECTIONS) {
    const held = await page.evaluate(
      async ([id, name]) =>
        (await mailObserver.list(id, name)).map(({ id, ordinal, contentHash }) => ({ id, ordinal, contentHash })),
      [accountId, collection] as const,
    )
    expect(headsOf(held)).toEqual(headsOf(await listOf(lives, collection)))
    const areDigestsTrue = await page.evaluate(([id, name]) => mailObserver.areDigestsTrue(id, name), [
      accountId,
      collection,
    ] as const)
    expect(areDigestsTrue).toBe(true)
  }
}

/** Everything the device holds, payloads too, by collection and id. */
export async function heldItems(lives: MailLives, page: Page): Promise<ReadonlyMap<string, unknown>> {
  const items = new Map<string, unknown>()
  for (const collection of COLLECTIONS) {
    const held = await page.evaluate(([id, name]) => mailObserver.list(id, name), [
      lives.owner.accountId,
      collection,
    ] as const)
    for (const { id, ordinal, contentHash, payloadBytes, payload } of held) {
      items.set(`${collection}/${id}`, { ordinal, contentHash, payloadBytes, payload })
    }
  }
  return items
}

/** The owner's items as the tables of a stopped server have them, in the shape of {@link heldItems}. */
export function storedItems(dataDir: string, accountId: string): Promise<ReadonlyMap<string, unknown>> {
  return withDatabase(dataDir, async (database) => {
    const columns = `ordinal, content_hash AS "contentHash", payload_bytes AS "payloadBytes", payload`
    const rows = await database.query<{ place: string; ordinal: number }>(
      `SELECT 'messages/' || item_id AS place, ${columns} FROM mailbox.message WHERE account_id = $1
       UNION ALL SELECT 'bodies/' || item_id, ${columns} FROM mailbox.body WHERE account_id = $1`,
      [accountId],
    )
    return new Map(rows.map(({ place, ...item }) => [place, { ...item, ordinal: Number(item.ordinal) }]))
  })
}

function headsOf(items: readonly Pick<ItemHead, 'id' | 'ordinal' | 'contentHash'>[]): Heads {
  return Object.fromEntries(items.map(({ id, ordinal, contentHash }) => [id, `${ordinal} ${contentHash}`]))
}

async function listOf({ server, owner }: MailLives, collection: string): Promise<readonly ItemHead[]> {
  const headers = () => ({ authorization: `Bearer ${owner.session}` })
  const api = trpcGuardApi({ url: `${server.url}/tidegate`, headers })
  const name = CollectionName.parse(collection)
  const { heads, nextOrdinal } = await api.list({ collection: name, range: ALL_ORDINALS, limit: 5_000 })
  expect(nextOrdinal).toBeNull()
  return heads
}
