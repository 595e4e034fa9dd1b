import { PROTOCOL_VERSION, Report } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import { ann, ben, denialOf, GuardScene, phone } from './testing/guard-scene.ts'

const causeId = 'labels-2023-07' as Parameters<GuardScene['staff']['timeline']>[0]['causeId'] // what the scene proposes under

test('J12: staff reads what happened, and that it is what was written, through the same calls as everything else', async () => {
  await using scene = await GuardScene.open()
  const signalId = await scene.propose([ann, ben])
  await scene.client(ann).report(
    Report.parse({
      protocol: PROTOCOL_VERSION,
      reportKey: 'report-of-ann-1',
      client: phone,
      signalId,
      outcome: 'consistent',
      fetchedItemCount: 0,
      fetchedBytes: 0,
      elapsedMs: 20,
      cachedBytes: 1000,
    }),
  )
  await scene.staff.revoke({ target: { kind: 'signal', signalId }, reason: 'a bug' })

  const { rows, totals } = await scene.staff.timeline({ causeId })
  expect(rows.map(({ kind }) => kind)).toEqual(['registered', 'emitted', 'judged', 'revoked', 'clients'])
  expect(rows[3]).toMatchObject({ by: 'olga', because: 'a bug', accountCount: 2, neverBegunAccountCount: 2 })
  expect(totals).toMatchObject({ signalCount: 1, accountCount: 2, clients: { seen: 1, outcomes: { consistent: 1 } } })

  const { head, isIntact } = await scene.staff.audit({})
  expect({ isIntact, eventNo: head.eventNo }).toEqual({ isIntact: true, eventNo: 3 })
  expect(await scene.staff.audit({ expectHead: head })).toMatchObject({ expectedHead: 'same' })
})

test('G8: without its ledger a node tells nothing of the past, and says when to ask again', async () => {
  await using scene = await GuardScene.open()
  await scene.propose([ann])
  scene.line.line = 'refused'
  const calls = [scene.staff.audit({}), scene.staff.timeline({ causeId })]
  for (const call of calls) expect(await denialOf(call)).toMatchObject({ kind: 'unavailable' })
})
