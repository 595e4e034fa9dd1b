import type { Scope } from '@tidegate/protocol'
import { Scope as ScopeSchema } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import { coversFlag } from './covers-flag.ts'
import type { ResetFlag } from './event-stream.ts'
import { approvedSignal, MODEL_CAUSE } from './testing/model-egress.ts'

const mails = collections({ collection: 'messages' })
const someMails = collections({ collection: 'messages', range: { fromOrdinal: 10, toOrdinal: 20 } })
const mailsAround = collections(
  { collection: 'messages', range: { fromOrdinal: 0, toOrdinal: 5 } },
  { collection: 'messages', range: { fromOrdinal: 30, toOrdinal: 40 } },
)

test.each<[string, boolean, { scope?: Scope }, Partial<ResetFlag>]>([
  ['the same', true, {}, {}],
  ['another cause', false, {}, { causeId: 'folders' }],
  ['a stronger action', false, {}, { action: 'refetch' }],
  ['a narrower scope', true, {}, { scope: mails }],
  ['a wider scope', false, { scope: mails }, {}],
  ['a range of what the signal covers', true, { scope: mails }, { scope: someMails }],
  ['more than the signal’s range', false, { scope: someMails }, { scope: mails }],
  ['what lies between the signal’s ranges', false, { scope: mailsAround }, { scope: someMails }],
  ['another collection', false, { scope: mails }, { scope: collections({ collection: 'contacts' }) }],
  ['an occurrence of its own', false, {}, { occurrence: '7' }],
])('a flag that says %s is covered by the signal: %s', (_, isCovered, signal, flag) => {
  const record = { ...approvedSignal('s', { startedAtMs: 0, windowMs: 0 }), ...signal }
  expect(coversFlag(record, { causeId: MODEL_CAUSE, ...flag })).toBe(isCovered)
})

function collections(...entries: readonly object[]): Scope {
  return ScopeSchema.parse({ kind: 'collections', collections: entries })
}
