import { Actor, type CauseId, Denied } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import { aCause, accountNames, aLedger, aPlan, aProposal, MINUTE_MS, NOW_MS } from '../testing/a-ledger.ts'
import { openMemoryPglite } from '../testing/memory-pglite.ts'

const ada = Actor.parse('ada')
const ben = Actor.parse('ben')
const olga = Actor.parse('olga')
const target = { kind: 'cause', causeId: 'labels-2023-07' as CauseId } as const // as builders name it
const decision = { target, plan: aPlan(), reason: 'canaries were fine' }

/** Ada registers, Ben proposes; a cause's credit is 20 accounts. */
async function openScene(accountCount: number, ownApprovers: readonly Actor[] = []) {
  const database = await openMemoryPglite()
  const ledger = await aLedger(database, { settings: { ownApprovalCredits: 10 }, ownApprovers })
  await ledger.registerCause(aCause(), ada, NOW_MS)
  await ledger.propose(aProposal({ accountIds: accountNames(accountCount) }), ben, NOW_MS)
  await ledger.judge(NOW_MS)
  return { ledger, [Symbol.asyncDispose]: () => database.close() }
}

test('whoever registered a cause, or proposed for it, does not approve it for many accounts; somebody else does', async () => {
  await using scene = await openScene(201)
  for (const [by, did] of [
    [ada, 'registered'],
    [ben, 'proposed'],
  ] as const) {
    const denied = await scene.ledger.approve(decision, by, NOW_MS).catch((error: unknown) => error)
    expect(denied).toBeInstanceOf(Denied)
    expect(denied).toMatchObject({
      denial: { kind: 'forbidden', needsRole: 'approver' },
      message: `Cannot approve labels-2023-07 as ${by}, who ${did} it: it is for 201 accounts, and of more than 200 accounts somebody else decides`,
    })
  }
  expect((await scene.ledger.approve(decision, olga, NOW_MS)).signalCount).toBe(1)
})

test('past a gate that did not say go somebody else lets many accounts out, too', async () => {
  await using scene = await openScene(201)
  await scene.ledger.approve(decision, olga, NOW_MS)
  await scene.ledger.tick(() => NOW_MS + 11 * MINUTE_MS)
  const advance = (by: Actor) => scene.ledger.advance({ target, reason: 'it is late' }, by, NOW_MS + 12 * MINUTE_MS)
  for (const by of [ada, ben]) await expect(advance(by)).rejects.toThrow('Cannot advance labels-2023-07 as')
  expect((await scene.ledger.snapshot(null))?.signals).toMatchObject([{ state: 'paused' }])
  expect((await advance(olga)).signalCount).toBe(1)
})

test('up to ten times the credit of a cause its author decides alone', async () => {
  await using scene = await openScene(200)
  expect((await scene.ledger.approve(decision, ada, NOW_MS)).signalCount).toBe(1)
})

test('to have somebody else register the cause again makes nobody its approver', async () => {
  await using scene = await openScene(201)
  await scene.ledger.registerCause(aCause('labels-2023-07', { title: 'Another title' }), olga, NOW_MS)
  for (const by of [ada, olga]) {
    await expect(scene.ledger.approve(decision, by, NOW_MS)).rejects.toThrow('somebody else decides')
  }
})

test('a team of one person names that person', async () => {
  await using scene = await openScene(201, [ada])
  expect((await scene.ledger.approve(decision, ada, NOW_MS)).signalCount).toBe(1)
})
