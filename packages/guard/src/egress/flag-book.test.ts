import { AccountId } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import type { FlagRecord } from '../core/egress/egress-ledger.ts'
import type { ResetFlag } from '../core/egress/event-stream.ts'
import { FlagBook } from './flag-book.ts'

async function recorded(flag: ResetFlag): Promise<FlagRecord[]> {
  const written: FlagRecord[] = []
  const book = new FlagBook('mail-events', async (flags) => {
    written.push(...flags)
  })
  await book.record(AccountId.parse('ann'), flag)
  return written
}

test.each<[string, Partial<ResetFlag>, Partial<FlagRecord>]>([
  ['no reason', {}, { reason: null, expiresInMs: null }],
  ['an empty reason', { reason: ' ' }, { reason: null }],
  ['a reason that cannot be stored', { reason: 'labels\0 were renamed \ud83d' }, { reason: 'labels were renamed' }],
  ['a reason that is too long', { reason: '😀'.repeat(501) }, { reason: '😀'.repeat(500) }],
  ['a life that is none', { expiresInMs: Number.POSITIVE_INFINITY }, { expiresInMs: null }],
  ['half a millisecond to live', { expiresInMs: 0.5 }, { expiresInMs: null }],
  ['a very long occurrence', { occurrence: 'x'.repeat(10_000) }, {}],
])(
  'a flag with %s is recorded: a stream must not end at it for ever, nor at those recorded with it',
  async (_, said, told) => {
    expect(await recorded({ causeId: 'labels-2023-07', ...said })).toMatchObject([
      { causeId: 'labels-2023-07', ...told },
    ])
  },
)

test('a flag that does not say whom it resets, or how much, is not guessed', async () => {
  await expect(recorded({ causeId: '' })).rejects.toThrow()
  // What a host written in JavaScript may say.
  await expect(recorded({ causeId: 'x', action: 'purge' as 'verify' })).rejects.toThrow()
})
