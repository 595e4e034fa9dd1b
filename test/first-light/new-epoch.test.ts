import { Cause } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import { MailHouse } from './mail-house.ts'
import { MESSAGES_PER_ACCOUNT } from './mailbox.ts'

const cause = Cause.parse({ causeId: 'labels-2023-07', kind: 'migration', title: 'Labels', owner: 'mail-team' })

test('a ledger restored from a dump is a new epoch: clients with something in force ask again, and nobody resets or downloads for it (C5, G3)', async () => {
  await using house = await MailHouse.open({ accountCount: 8 })
  const clients = [1, 2, 3, 4].map((number) => house.client(number))
  await using closing = new AsyncDisposableStack()
  for (const client of clients) closing.use(client)
  for (const client of clients) await client.load()
  await house.guard.refresh()
  await house.staff.registerCause(cause)
  const told = clients.slice(0, 3).map(({ accountId }) => accountId)
  await house.database.query(
    `SELECT tidegate.propose(cause => 'labels-2023-07', accounts => $1, collections => ARRAY['messages', 'bodies'],
       reason => 'Labels were renumbered', expires_in => interval '1 day')`,
    [told],
  )
  await house.guard.refresh()
  for (const client of clients) await client.use()
  for (const client of clients.slice(0, 3)) {
    await expect.poll(() => client.results.map(({ outcome }) => outcome)).toEqual(['consistent'])
  }
  const before = await house.staff.status({ onlyHeld: false })

  // What a restored dump says of itself: the rows are the same, the store they name is not the one they are on.
  await house.database.query(`UPDATE tidegate_ledger.ledger SET store_identity = 'where the dump was made'`)
  await house.guard.refresh()
  const after = await house.staff.status({ onlyHeld: false })
  expect(after.epoch).not.toBe(before.epoch)

  house.traffic.payloadBytes = 0
  house.traffic.calls.length = 0
  for (const client of clients) for (const _ of [1, 2, 3]) await client.use()
  const questions = (accountId: string) =>
    house.traffic.calls.filter(({ path, login }) => path.includes('inForce') && login === `client ${accountId}`).length
  await expect.poll(() => clients.map(({ accountId }) => questions(accountId))).toEqual([1, 1, 1, 0])
  await house.guard.refresh()
  expect(clients.map(({ tidegate }) => tidegate.progress.state)).toEqual(clients.map(() => 'current'))
  expect(clients.map(({ results }) => results.length)).toEqual([1, 1, 1, 0])
  expect(house.traffic.payloadBytes).toBe(0)
  for (const { cache } of clients) expect(await cache.list('bodies')).toHaveLength(MESSAGES_PER_ACCOUNT)
})
