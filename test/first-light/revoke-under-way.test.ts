import { Cause } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import { MailHouse } from './mail-house.ts'
import { MESSAGES_PER_ACCOUNT } from './mailbox.ts'

const cause = Cause.parse({ causeId: 'bodies-2023-09', kind: 'migration', title: 'Bodies', owner: 'mail-team' })
const BODY_BYTES = 40_000

test('revoked under way, a client stops at its next page and keeps what it has (C1, G3, J10)', async () => {
  // A quarter of 400 kB/s is one body in 0.4 s: twelve take five seconds, so there is a middle to revoke in.
  await using house = await MailHouse.open({ accountCount: 4, bodyBytes: BODY_BYTES, capacityBytesPerSecond: 400_000 })
  await using client = house.client(1)
  await client.load()
  await house.guard.refresh()
  const bodies = await client.cache.list('bodies')
  const deletes = bodies.map(({ id }) => id)
  await client.cache.applyPage({ collection: 'bodies', upserts: [], unchanged: [], deletes })

  await house.staff.registerCause(cause)
  const propose = `SELECT tidegate.propose(cause => 'bodies-2023-09', account => '${client.accountId}',
    collections => ARRAY['bodies'], reason => 'Bodies were lost', expires_in => interval '1 day')`
  await house.database.transaction((sql) => sql.query(propose))
  await house.guard.refresh()

  house.traffic.payloadBytes = 0
  await client.use()
  await expect.poll(() => client.tidegate.progress.done.itemCount, { timeout: 20_000 }).toBeGreaterThan(0)
  const target = { kind: 'cause' as const, causeId: cause.causeId }
  const revoked = await house.staff.revoke({ target, reason: 'they were never lost' })
  const servedBytes = house.traffic.payloadBytes
  expect(revoked).toMatchObject({ signalCount: 1, accountCount: 1, neverBegunAccountCount: 0 })

  await expect.poll(() => client.results.map(({ outcome }) => outcome), { timeout: 20_000 }).toEqual(['stopped'])
  // A page that was being read when the revoke came may still arrive; none is begun after it.
  expect(house.traffic.payloadBytes - servedBytes).toBeLessThanOrEqual(BODY_BYTES + 100)
  const kept = await client.cache.list('bodies')
  expect(kept.length).toBeGreaterThan(0)
  expect(kept.length).toBeLessThan(MESSAGES_PER_ACCOUNT)
  for (const item of kept) expect(item).toEqual(bodies.find(({ id }) => id === item.id))
  await expect.poll(async () => (await house.staff.status({ onlyHeld: false })).resyncs).toEqual([])
})
