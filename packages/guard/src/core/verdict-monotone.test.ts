import { ClientClass, CollectionName, type Scope, type Verdict } from '@tidegate/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LEDGER_DEFAULTS } from './ledger-settings.ts'
import { aLoad, aManifest, theFacts } from './rules/a-verdict.ts'
import type { VerdictFacts } from './rules/rule.ts'
import { ruleBook } from './rules/rule-book.ts'
import { judgeSignal } from './verdict.ts'

const BOOK = ruleBook()
const RANK: Readonly<Record<Verdict['kind'], number>> = { release: 0, hold: 1, reject: 2 }
const COLLECTIONS = ['messages', 'bodies', 'labels'].map((name) => CollectionName.parse(name))
const CLASSES = ['web', 'bridge'].map((name) => ClientClass.parse(name))

/** One signal, and ways in which it can be worse: more accounts, heavier ones, a wider scope, more clients, less said. */
const signals = fc.record({
  accountCount: fc.integer({ min: 1, max: 40 }),
  moreAccounts: fc.nat(60),
  bytesPerAccount: fc.constantFrom(0, 1_000, 15_000_000, 4_000_000_000),
  collectionCount: fc.integer({ min: 1, max: 3 }),
  moreCollections: fc.nat(2),
  becomesWholeAccount: fc.boolean(),
  clientClasses: fc.option(fc.subarray(CLASSES, { minLength: 1 })),
  losesClasses: fc.boolean(),
  action: fc.constantFrom('verify' as const, 'refetch' as const),
  becomesRefetch: fc.boolean(),
  losesReason: fc.boolean(),
  losesExpiry: fc.boolean(),
})
const causes = fc.record({
  isRegistered: fc.boolean(),
  spentAccountCount: fc.nat(25),
  manifest: fc.option(
    fc.record({
      wholeAccount: fc.boolean(),
      collections: fc.subarray(COLLECTIONS),
      actions: fc.constantFrom(['verify' as const], ['verify' as const, 'refetch' as const]),
      accountCount: fc.option(fc.nat(60)),
      clientClasses: fc.subarray(CLASSES, { minLength: 1 }),
    }),
  ),
  earlierCollections: fc.subarray(['messages', 'bodies']),
  wholeAccountCount: fc.nat(1),
  recentlyNamed: fc.nat(110),
  earlierBytes: fc.constantFrom(0, 89_000_000_000),
  otherHeldCauseCount: fc.nat(4),
})

test('G1: the verdict is never milder when the signal is worse', () => {
  fc.assert(
    fc.property(signals, causes, (signal, cause) => {
      const mild = judgeSignal(factsOf(signal, cause, false), BOOK).verdict
      const worse = judgeSignal(factsOf(signal, cause, true), BOOK).verdict
      expect(RANK[worse.kind]).toBeGreaterThanOrEqual(RANK[mild.kind])
      // Nor does it let anybody out whom nobody would have held before.
      if (mild.kind !== 'release') expect(worse.kind).not.toBe('release')
    }),
    { numRuns: 2_000 },
  )
})

function factsOf(
  signal: typeof signals extends fc.Arbitrary<infer Value> ? Value : never,
  cause: typeof causes extends fc.Arbitrary<infer Value> ? Value : never,
  isWorse: boolean,
): VerdictFacts {
  const accountCount = signal.accountCount + (isWorse ? signal.moreAccounts : 0)
  const collectionCount = signal.collectionCount + (isWorse ? signal.moreCollections : 0)
  const scope: Scope =
    isWorse && signal.becomesWholeAccount
      ? { kind: 'account' }
      : {
          kind: 'collections',
          collections: COLLECTIONS.slice(0, collectionCount).map((collection) => ({ collection })),
        }
  const clientClasses = isWorse && signal.losesClasses ? null : signal.clientClasses
  const { manifest } = cause
  const audience = Array.from({ length: accountCount }, (_, at) => ({
    accountId: `a${at}`,
    resourceId: 'shard-0',
    predictedBytes: signal.bytesPerAccount,
    isResting: false,
    isListening: true,
  }))
  const named = cause.recentlyNamed + accountCount
  return theFacts({
    audience,
    settings: LEDGER_DEFAULTS,
    loads: [aLoad({ earlierBytes: cause.earlierBytes, otherHeldCauseCount: cause.otherHeldCauseCount })],
    signal: {
      scope,
      action: isWorse && signal.becomesRefetch ? 'refetch' : signal.action,
      filter: clientClasses ? { clientClasses } : {},
      reason: isWorse && signal.losesReason ? null : 'labels were renumbered',
      ...(isWorse && signal.losesExpiry && { expiresInMs: null }),
    },
    cause: {
      isRegistered: cause.isRegistered,
      spent: { accountCount: cause.spentAccountCount, bytesByResource: new Map() },
      manifest: manifest && aManifest({ ...manifest, actions: [...manifest.actions] }),
      accountCount,
      earlierScopes: { collections: cause.earlierCollections, wholeAccountCount: cause.wholeAccountCount },
      recent: {
        earlierInMinute: cause.recentlyNamed,
        inMinute: named,
        earlierInDay: cause.recentlyNamed,
        inDay: named,
      },
    },
  })
}
