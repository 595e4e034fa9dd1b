import { Epoch } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import { epochEnd, type LedgerPlace, type LedgerSighting } from './ledger-place.ts'

function aPlace(revision: number, epoch = 'e1'): LedgerPlace {
  return { epoch: Epoch.parse(epoch), revision, head: { eventNo: revision, sha256: `hash-${revision}` } }
}

function aSighting(place: LedgerPlace, overrides: Partial<LedgerSighting> = {}): LedgerSighting {
  return { place, store: 'cluster/1', writtenStore: 'cluster/1', hasKnownHead: true, ...overrides }
}

test.each([
  ['somebody new to it', null, aSighting(aPlace(7)), null],
  ['no decision since', aPlace(7), aSighting(aPlace(7)), null],
  ['decisions since', aPlace(7), aSighting(aPlace(9)), null],
  ['a lower revision', aPlace(7), aSighting(aPlace(6)), 'tail-lost'],
  [
    'other decisions in the place of those known',
    aPlace(7),
    aSighting(aPlace(9), { hasKnownHead: false }),
    'tail-lost',
  ],
  ['a new epoch that another node has begun', aPlace(7), aSighting(aPlace(3, 'e2'), { hasKnownHead: false }), null],
  ['another store', aPlace(7), aSighting(aPlace(7), { store: 'cluster/2' }), 'store-changed'],
  ['another store, to somebody new to it', null, aSighting(aPlace(7), { store: 'cluster/2' }), 'store-changed'],
] as const)('a ledger with %s', (_what, known, seen, end) => {
  expect(epochEnd(known, seen)).toBe(end)
})
