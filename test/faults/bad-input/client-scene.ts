import { ClientIdentity, PROTOCOL_VERSION } from '@tidegate/protocol'
import fc from 'fast-check'
import type { Fields } from './arbitrary-of.ts'
import { ann, type House } from './house.ts'

const phone = ClientIdentity.parse({ clientId: 'phone-1', clientClass: 'mobile', appVersion: '5.0.38' })

/** A client's world: a signal in force, leases that run, items that are there. */
export async function openClientScene({ guard }: House, signalId: string): Promise<Fields> {
  const client = guard.api({ kind: 'client', accountId: ann })
  const { leaseId } = await client.requestLease({
    protocol: PROTOCOL_VERSION,
    client: phone,
    purpose: { kind: 'first-load' },
    wantBytes: 1e9,
  })
  const ordinal = fc.nat(60)
  const range = fc
    .tuple(ordinal, fc.integer({ min: 1, max: 40 }))
    .map(([fromOrdinal, length]) => ({ fromOrdinal, toOrdinal: fromOrdinal + length }))
  const someSignal = fc.oneof({ weight: 9, arbitrary: fc.constant(signalId) }, fc.uuid())
  return {
    protocol: fc.constant(PROTOCOL_VERSION),
    accountId: fc.constant(ann),
    clientId: fc.constant(phone.clientId),
    signalId: someSignal,
    version: fc.constant(1),
    leaseId: fc.oneof({ weight: 9, arbitrary: fc.constant(leaseId) }, fc.uuid()),
    collection: fc.constantFrom('messages', 'bodies'),
    ids: fc.array(
      fc.nat(60).map((no) => `message-${no}`),
      { minLength: 1, maxLength: 12 },
    ),
    range,
    ranges: fc.array(range, { minLength: 1, maxLength: 5 }),
    sinceSeq: fc.nat(60),
  }
}
