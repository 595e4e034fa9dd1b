import { CauseId, ClientClass, CollectionName, type ReleasePlan, type Scope } from '@tidegate/protocol'
import { describe, expect, test } from 'vitest'
import { LEDGER_DEFAULTS } from '../ledger-settings.ts'
import { aLoad, aManifest, anAudience, NOW_MS, shards, theFacts } from './a-verdict.ts'
import { askRule } from './ask-rule.ts'
import type { PlanFacts } from './plan-rule.ts'
import type { VerdictFacts } from './rule.ts'
import { ruleBook } from './rule-book.ts'

const BOOK = ruleBook()
const DAYS_30 = 30 * 86_400_000
const MEGABYTE = 1_000_000

type Case = readonly [what: string, facts: Parameters<typeof theFacts>[0], holds: boolean, canaryLimit?: number]

const scopeOf = (...names: string[]): Scope => ({
  kind: 'collections',
  collections: names.map((name) => ({ collection: CollectionName.parse(name) })),
})
const classes = (...names: string[]) => names.map((name) => ClientClass.parse(name))
const spentAccounts = (accountCount: number) => ({ accountCount, bytesByResource: new Map<string, number>() })
const spentBytes = (bytes: number) => ({ accountCount: 0, bytesByResource: new Map([['shard-0', bytes]]) })
const spent = (accountCount: number, bytes: number) => ({ ...spentBytes(bytes), accountCount })
const credit = { accountCount: 100, bytesPerResource: 1_800_000_000 }
const wide = aManifest({ actions: ['refetch'], wholeAccount: true })
const onOneShard = (bytes: number) => anAudience(1, { predictedBytes: bytes })
const drip = (earlier: number, all: number): VerdictFacts['cause']['recent'] => ({
  earlierInMinute: earlier,
  inMinute: all,
  earlierInDay: earlier,
  inDay: all,
})
const none = { earlierInMinute: 0, inMinute: 3, earlierInDay: 0, inDay: 3 }

// Each rule at its boundary: just within, and just beyond.
const CASES: Readonly<Record<string, readonly Case[]>> = {
  TG001: [
    ['a registered cause', {}, false],
    ['one that nobody registered', { cause: { isRegistered: false } }, true, 0],
  ],
  TG002: [
    ['no manifest', { audience: anAudience(5000) }, false],
    ['as many accounts as declared', { cause: { manifest: wide } }, false],
    [
      'one more, of which the declared ones may be canaries',
      { audience: anAudience(4), cause: { manifest: wide } },
      true,
      3,
    ],
    [
      'one more, after the declared ones',
      { cause: { manifest: wide, earlierAccountCount: 3, accountCount: 4 } },
      true,
      0,
    ],
    [
      'the same accounts once more',
      {
        cause: {
          manifest: { ...wide, proposalCount: 2 },
          earlierProposalCount: 1,
          earlierAccountCount: 3,
          accountCount: 3,
        },
      },
      false,
    ],
    ['one proposal more', { cause: { manifest: wide, earlierProposalCount: 1 } }, true, 0],
    ['another action', { cause: { manifest: aManifest({ wholeAccount: true }) } }, true, 0],
    ['the whole account', { cause: { manifest: aManifest({ actions: ['refetch'] }) } }, true, 0],
    [
      'a declared collection',
      { signal: { scope: scopeOf('messages') }, cause: { manifest: aManifest({ actions: ['refetch'] }) } },
      false,
    ],
    [
      'a collection more',
      { signal: { scope: scopeOf('messages', 'bodies') }, cause: { manifest: aManifest({ actions: ['refetch'] }) } },
      true,
      0,
    ],
    [
      'declared classes',
      {
        signal: { filter: { clientClasses: classes('bridge') } },
        cause: { manifest: { ...wide, clientClasses: classes('bridge', 'desktop') } },
      },
      false,
    ],
    [
      'a class more',
      {
        signal: { filter: { clientClasses: classes('bridge', 'web') } },
        cause: { manifest: { ...wide, clientClasses: classes('bridge') } },
      },
      true,
      0,
    ],
    [
      'every class where one was declared',
      { cause: { manifest: { ...wide, clientClasses: classes('bridge') } } },
      true,
      0,
    ],
    [
      'a class where all were declared',
      { signal: { filter: { clientClasses: classes('bridge') } }, cause: { manifest: wide } },
      false,
    ],
  ],
  TG003: [
    ['30 days', { signal: { expiresInMs: DAYS_30 } }, false],
    ['a millisecond more', { signal: { expiresInMs: DAYS_30 + 1 } }, true, 0],
    ['no end', { signal: { expiresInMs: null } }, true, 0],
    ['a millisecond left', { signal: { expiresInMs: 6, proposedAtMs: NOW_MS - 5 } }, false],
    ['over', { signal: { expiresInMs: 5, proposedAtMs: NOW_MS - 5 } }, true, 0],
  ],
  TG004: [
    ['a reason', {}, false],
    ['none', { signal: { reason: null } }, true, 0],
    ['none, for a collection', { signal: { reason: null, scope: scopeOf('messages') } }, false],
  ],
  TG005: [
    ['the whole credit', { audience: anAudience(20) }, false],
    ['one account more', { audience: anAudience(21) }, true],
    ['what is left', { cause: { spent: spentAccounts(17) } }, false],
    ['one more than is left', { cause: { spent: spentAccounts(18) } }, true],
    ['more, all of them resting', { audience: anAudience(21, { isResting: true }) }, false],
  ],
  TG006: [
    ['the whole credit in bytes', { audience: onOneShard(360 * MEGABYTE) }, false],
    ['a byte more', { audience: onOneShard(360 * MEGABYTE + 1) }, true],
    ['a byte more than is left', { audience: onOneShard(10), cause: { spent: spentBytes(360 * MEGABYTE - 9) } }, true],
  ],
  TG007: [
    ['what is left of the global credit', { global: { credit, spent: spentAccounts(97) } }, false],
    ['one account more', { global: { credit, spent: spentAccounts(98) } }, true],
  ],
  TG008: [
    [
      'what is left of the global credit',
      { audience: onOneShard(10), global: { credit, spent: spentBytes(1_799_999_990) } },
      false,
    ],
    ['a byte more', { audience: onOneShard(10), global: { credit, spent: spentBytes(1_799_999_991) } }, true],
  ],
  TG009: [
    ['rested accounts', {}, false],
    ['one that was reset today', { audience: [...anAudience(1, { isResting: true }), ...anAudience(2)] }, true],
  ],
  TG011: [
    ['named accounts', {}, false],
    ['everyone', { signal: { isEveryone: true } }, true],
    ['everyone, of whom nobody is known', { audience: [], signal: { isEveryone: true } }, true],
  ],
  TG012: [
    // 100 MB/s × 3,600 s × 250 ‰ = 90 GB.
    ['the whole budget', { audience: onOneShard(90_000 * MEGABYTE) }, false],
    ['a byte more', { audience: onOneShard(90_000 * MEGABYTE + 1) }, true],
    [
      'what earlier signals left of it',
      { audience: onOneShard(10), loads: [aLoad({ earlierBytes: 89_999_999_990 })] },
      false,
    ],
    [
      'a byte more than they left',
      { audience: onOneShard(10), loads: [aLoad({ earlierBytes: 89_999_999_991 })] },
      true,
    ],
    [
      'nothing to draw, where the budget is spent',
      { audience: onOneShard(0), loads: [aLoad({ earlierBytes: 1e15 })] },
      false,
    ],
    [
      'a resource that the host did not list',
      { audience: onOneShard(1), loads: [aLoad({ capacityBytesPerSecond: 0 })] },
      true,
    ],
  ],
  TG013: [
    // 100 MB/s × 1,800 s = 180 GB.
    ['half an hour of work', { audience: onOneShard(180_000 * MEGABYTE) }, false],
    ['a byte more', { audience: onOneShard(180_000 * MEGABYTE + 1) }, true],
    [
      'a byte more than releases under way leave',
      { audience: onOneShard(10), loads: [aLoad({ releasingBytes: 179_999_999_991 })] },
      true,
    ],
    [
      'nothing to draw, however busy it is',
      { audience: onOneShard(0), loads: [aLoad({ releasingBytes: 1e15 })] },
      false,
    ],
  ],
  TG014: [
    ['the whole account, of a cause of which nothing is known', {}, false],
    [
      'the whole account, after signals about collections',
      { cause: { earlierScopes: { collections: ['labels'], wholeAccountCount: 0 } } },
      true,
      0,
    ],
    [
      'the whole account, after others like it',
      { cause: { earlierScopes: { collections: ['labels'], wholeAccountCount: 1 } } },
      false,
    ],
    ['the whole account, of a manifest about collections', { cause: { manifest: aManifest() } }, true, 0],
    ['the whole account, as declared', { cause: { manifest: wide } }, false],
    [
      'a collection',
      {
        signal: { scope: scopeOf('bodies') },
        cause: { earlierScopes: { collections: ['labels'], wholeAccountCount: 0 } },
      },
      false,
    ],
  ],
  TG015: [
    ['refetch with a reason', {}, false],
    ['refetch without', { signal: { reason: null } }, true, 0],
    ['verify without', { signal: { reason: null, action: 'verify' } }, false],
  ],
  TG016: [
    ['no window', {}, false],
    ['the first moment of the window', { cause: { window: { fromMs: NOW_MS, untilMs: NOW_MS + 1 } } }, false],
    ['a millisecond before', { cause: { window: { fromMs: NOW_MS + 1, untilMs: NOW_MS + 2 } } }, true, 0],
    ['the moment it is over', { cause: { window: { fromMs: NOW_MS - 1, untilMs: NOW_MS } } }, true, 0],
  ],
  TG018: [
    ['two other holds', { loads: shards({ otherHeldCauseCount: 2 }).slice(0, 3) }, false],
    ['three', { loads: shards({ otherHeldCauseCount: 3 }).slice(0, 3) }, true],
  ],
  TG019: [
    ['a thousand in a day', { cause: { recent: { ...none, earlierInDay: 997, inDay: 1000 } } }, false],
    ['one more', { cause: { recent: { ...none, earlierInDay: 998, inDay: 1001 } } }, true, 2],
    ['one more, beyond the credit', { audience: anAudience(21), cause: { recent: drip(998, 1019) } }, false],
    ['one more, of a cause that nobody registered', { cause: { isRegistered: false, recent: drip(998, 1001) } }, false],
  ],
  TG020: [
    ['a hundred in a minute', { cause: { recent: drip(97, 100) } }, false],
    ['one more', { cause: { recent: drip(98, 101) } }, true, 2],
    ['one more, when none is left', { cause: { recent: drip(101, 104) } }, true, 0],
  ],
  TG023: [
    ['nobody revoked it', {}, false],
    [
      'revoked a moment ago',
      { cause: { revoked: { atMs: NOW_MS, by: 'olga', because: 'it tells everybody to reset' } } },
      true,
      0,
    ],
  ],
}

describe.each(BOOK.signal.filter(({ rule }) => rule.ruleId !== 'TG010'))('$rule.ruleId $rule.title', (active) => {
  const cases = CASES[active.rule.ruleId] ?? expect.fail()
  test.each(
    cases.map(([what, overrides, holds, canaryLimit = Number.POSITIVE_INFINITY]) => ({
      what,
      overrides,
      holds,
      canaryLimit,
    })),
  )('$what', ({ overrides, holds, canaryLimit }) => {
    const facts = theFacts(overrides)
    const result = askRule(active, facts, facts.signal.causeId)
    expect(result !== null).toBe(holds)
    expect(result?.finding.evidence).not.toEqual(expect.objectContaining({ isRuleBroken: true }))
    if (result) expect(result.canaryLimit).toBe(canaryLimit)
  })
})

test('each rule of a signal has its table of cases', () => {
  expect(Object.keys(CASES)).toEqual(BOOK.signal.map(({ rule }) => rule.ruleId).filter((ruleId) => ruleId !== 'TG010'))
})

const gate = (maxFailureRatio: number) => ({ minReportCount: 1, maxFailureRatio })
const stages = (...ratios: number[]): ReleasePlan['stages'] =>
  ratios.map((ratio, at) => ({ share: (at + 1) / ratios.length, bakeMs: 0, gate: gate(ratio) }))

const aPlan = { causeId: 'labels-2023-07', settings: LEDGER_DEFAULTS, loads: [], endsInMs: 86_400_000 }

function planFinding(at: number, facts: Partial<PlanFacts>, windowMs: number) {
  const plan = { verifyWindowMs: 0, windowMs, stages: stages(0.1, 0.1).map((stage) => ({ ...stage, bakeMs: 600_000 })) }
  const active = BOOK.plan[at]
  return active && askRule(active, { ...aPlan, audienceAccountCount: 5, plan, ...facts }, 'labels-2023-07')?.finding
}

test('TG021: the window is as long as the worst resource needs for its bytes; five minutes of work need none', () => {
  const load = (resourceId: string, predictedBytes: number) => ({
    resourceId,
    predictedBytes,
    capacityBytesPerSecond: 1_000,
  })
  const loads = [load('shard-1', 10_000), load('shard-2', 3_600_000)]
  expect(planFinding(1, { loads }, 3_600_000)).toBeUndefined()
  expect(planFinding(1, { loads }, 3_599_999)).toMatchObject({
    ruleId: 'TG021',
    evidence: { resourceId: 'shard-2', leastWindowMs: 3_600_000 },
    doInstead: expect.stringContaining('--window 60m'),
  })
  expect(planFinding(1, { loads: [load('shard-1', 300_000)] }, 0)).toBeUndefined()
  expect(planFinding(1, { loads: [load('shard-1', 300_001)] }, 0)?.ruleId).toBe('TG021')
})

test('TG022: bakes and window end before the signal does', () => {
  expect(planFinding(2, { endsInMs: 1_200_000 }, 600_000)).toBeUndefined()
  expect(planFinding(2, { endsInMs: 1_199_999 }, 600_000)).toMatchObject({
    ruleId: 'TG022',
    evidence: { lengthMs: 1_200_000, bakesMs: 600_000, windowMs: 600_000, endsInMs: 1_199_999 },
  })
})

test('TG017: a gate that lets every resync fail can stop by another bound', () => {
  const [active] = BOOK.plan
  const causeId = CauseId.parse('labels-2023-07')
  const judged = (bound: object) => {
    const [first, last] = stages(1, 0)
    const plan = { verifyWindowMs: 0, windowMs: 0, stages: [{ ...first, gate: { ...first?.gate, ...bound } }, last] }
    const whole = plan as ReleasePlan // two stages were asked for above
    return active && askRule(active, { ...aPlan, plan: whole, audienceAccountCount: 20_000 }, causeId)
  }
  expect(judged({})?.finding.ruleId).toBe('TG017')
  expect(judged({ maxErrorRatio: 1 })?.finding.ruleId).toBe('TG017')
  expect(judged({ maxErrorRatio: 0.5 })).toBeNull()
  expect(judged({ maxLatencyMs: 200 })).toBeNull()
})

describe('TG017 Release plan without a gate', () => {
  const [active] = BOOK.plan
  test.each([
    ['one stage for 10,000 accounts', stages(0), 10_000, false],
    ['one stage for one more', stages(0), 10_001, true],
    ['a gate that can stop', stages(0.99, 0), 10_001, false],
    ['a gate that every failure passes', stages(1, 0), 10_001, true],
    ['such a gate behind a good one', stages(0.1, 1, 0), 10_001, true],
    ['such a gate after the last stage, where nothing is left to stop', stages(0.1, 1), 10_001, false],
  ] as const)('%s', (_, plan, audienceAccountCount, isDenied) => {
    const causeId = CauseId.parse('labels-2023-07')
    const whole = { verifyWindowMs: 0, windowMs: 0, stages: [...plan] }
    const facts = { ...aPlan, plan: whole, audienceAccountCount }
    expect(active && askRule(active, facts, causeId) !== null).toBe(isDenied)
  })
})

test.each<[string, VerdictFacts['global']['spent'], VerdictFacts['global']['spent'], string]>([
  ['nothing else is out', spentBytes(0), spentBytes(0), '^(Nothing else is out|Approve)'],
  [
    'only its own signals are',
    spent(12, 12),
    spent(12, 12),
    '^Decide about the earlier signals of labels-2023-07 first',
  ],
  ['others are', spent(12, 12), spent(99, 1_800_000_000), '^Several causes are out at once'],
])('TG007, TG008: what to do says what is out: %s', (_, own, all, expected) => {
  const facts = theFacts({
    audience: anAudience(5000, { predictedBytes: 2_000 * MEGABYTE }),
    cause: { spent: own },
    global: { credit, spent: all },
  })
  for (const ruleId of ['TG007', 'TG008']) {
    const active = BOOK.signal.find(({ rule }) => rule.ruleId === ruleId) ?? expect.fail()
    expect(askRule(active, facts, facts.signal.causeId)?.finding.doInstead).toMatch(new RegExp(expected))
  }
})

test('findings name the collections to propose instead, the command to run and the figures it needs', () => {
  const found = (ruleId: string, overrides: Parameters<typeof theFacts>[0]) => {
    const active = BOOK.signal.find(({ rule }) => rule.ruleId === ruleId) ?? expect.fail()
    return askRule(active, theFacts(overrides), 'labels-2023-07')?.finding.doInstead
  }
  expect(
    found('TG014', { cause: { earlierScopes: { collections: ["it's", 'labels'], wholeAccountCount: 0 } } }),
  ).toContain("`collections => ARRAY['it''s', 'labels']`")
  expect(found('TG013', { audience: onOneShard(360_000 * MEGABYTE) })).toContain(
    '`tidegate approve labels-2023-07 --window 60m --reason',
  )
})
