import { randomUUID } from 'node:crypto'
import { AccountId, Actor, Nonce, PROTOCOL_VERSION, ResourceId } from '@tidegate/protocol'
import { PretendClock } from '@tidegate/protocol/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openLedger } from '../ledger/open-ledger.ts'
import type { SqlDatabase } from '../sql.ts'
import { onEveryDatabase } from '../testing/on-every-database.ts'
import { createGuard } from './create-guard.ts'
import { phone } from './testing/guard-scene.ts'
import { MemorySource } from './testing/memory-source.ts'

onEveryDatabase({ describe, beforeAll, afterAll }, 'Hints', 'ledger-tables', hintContract)

const ann = AccountId.parse('ann')
const resources = {
  resources: [{ resourceId: ResourceId.parse('shard-1'), capacityBytesPerSecond: 1_000_000 }],
  resourceOf: () => ResourceId.parse('shard-1'),
}

function hintContract(openDatabase: () => Promise<SqlDatabase>) {
  /** Its clock stands still, so it never polls a second time. */
  async function aNode(database: SqlDatabase) {
    const ledger = await openLedger({ database, resources, newId: randomUUID })
    return createGuard({
      ledger,
      resources,
      source: new MemorySource(1, 1),
      clock: new PretendClock(5_000),
      log: () => {},
    })
  }

  test('G3: what one node decides another knows from a hint, long before it would have asked', async () => {
    const database = await openDatabase()
    {
      await using one = await aNode(database)
      await using other = await aNode(database)
      other.start()
      const clientMode = async () => {
        const nonce = Nonce.parse('0123456789abcdef')
        const question = { protocol: PROTOCOL_VERSION, accountId: ann, client: phone, nonce, cachedBytes: 0 }
        const { payload } = await other.api({ kind: 'client', accountId: ann }).inForce(question)
        return JSON.parse(payload).clientMode
      }
      expect(await clientMode()).toBe('enforce')
      // Until it listens nobody hears: whoever decides goes on deciding.
      let reasonNo = 0
      const olga = one.api({ kind: 'staff', actor: Actor.parse('olga'), roles: ['operator'] })
      await expect
        .poll(
          async () => {
            const mode = reasonNo++ % 2 === 0 ? 'observe' : 'off'
            await olga.setModes({ clientMode: mode, reason: 'a try' })
            return clientMode()
          },
          { timeout: 20_000 },
        )
        .not.toBe('enforce')
    }
    await database.close()
  })
}
