import { Audience, Scope } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import { type Asked, missingFrom } from './coverage.ts'

function anAsked(
  overrides: { action?: 'verify' | 'refetch'; scope?: unknown; filter?: unknown; expiresAtMs?: number } = {},
): Asked {
  const { action = 'verify', scope = { kind: 'account' }, filter = {}, expiresAtMs = 1000 } = overrides
  return { action, scope: Scope.parse(scope), filter: Audience.omit({ accounts: true }).parse(filter), expiresAtMs }
}

function collections(...entries: readonly [string, number?, number?][]) {
  return {
    kind: 'collections',
    collections: entries.map(([collection, fromOrdinal, toOrdinal]) =>
      fromOrdinal === undefined ? { collection } : { collection, range: { fromOrdinal, toOrdinal } },
    ),
  }
}

test('a signal that asks the same of the same for as long covers', () => {
  expect(missingFrom(anAsked(), anAsked())).toEqual([])
  expect(missingFrom(anAsked({ expiresAtMs: 1001, action: 'refetch' }), anAsked())).toEqual([])
})

test('one that only verifies does not cover a refetch, and one that ends earlier covers nothing', () => {
  expect(missingFrom(anAsked(), anAsked({ action: 'refetch' }))).toEqual(['action'])
  expect(missingFrom(anAsked({ expiresAtMs: 999 }), anAsked())).toEqual(['expiry'])
})

test.each([
  [collections(['messages']), { kind: 'account' }, false],
  [{ kind: 'account' }, collections(['messages', 5, 9]), true],
  [collections(['messages'], ['labels']), collections(['messages', 5, 9]), true],
  [collections(['messages', 0, 9]), collections(['messages']), false],
  [collections(['labels']), collections(['messages']), false],
  [collections(['messages', 6, 9], ['messages', 0, 6]), collections(['messages', 2, 9]), true],
  [collections(['messages', 7, 9], ['messages', 0, 6]), collections(['messages', 2, 9]), false],
  [collections(['messages', 0, 8]), collections(['messages', 2, 9]), false],
])('scope %j covers %j: %s', (by, old, isCovered) => {
  expect(missingFrom(anAsked({ scope: by }), anAsked({ scope: old }))).toEqual(isCovered ? [] : ['scope'])
})

test.each([
  [{ clientClasses: ['web'] }, {}, false],
  [{ clientClasses: ['web', 'bridge'] }, { clientClasses: ['bridge'] }, true],
  [{ clientClasses: ['web'] }, { clientClasses: ['web', 'bridge'] }, false],
  [{ appVersions: { below: '3.5' } }, { appVersions: { below: '3.4' } }, true],
  [{ appVersions: { below: '3.5' } }, { appVersions: { below: '3.6' } }, false],
  [{ appVersions: { below: '3.5' } }, {}, false],
  [{ appVersions: { atLeast: '3.0' } }, { appVersions: { atLeast: '3.1', below: '3.4' } }, true],
  [{ appVersions: { atLeast: '3.1' } }, { appVersions: { atLeast: '3.0' } }, false],
  [{}, { cohorts: { from: 0, below: 0.5 } }, true],
  [{ cohorts: { from: 0, below: 1 } }, {}, true],
  [{ cohorts: { from: 0, below: 0.5 } }, { cohorts: { from: 0, below: 0.5 } }, false],
])('filter %j covers %j: %s', (by, old, isCovered) => {
  expect(missingFrom(anAsked({ filter: by }), anAsked({ filter: old }))).toEqual(isCovered ? [] : ['filter'])
})
