import { readFileSync } from 'node:fs'
import path from 'node:path'
import { Timeline } from '@tidegate/protocol'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { timelineMarkdown } from './timeline-markdown.ts'
import { timelineStatus } from './timeline-status.ts'
import { timelineText } from './timeline-text.ts'

const START_MS = Date.parse('2023-07-25T11:38:02Z')
const minutes = (count: number) => START_MS + count * 60_000
const outcomes = { begun: 0, consistent: 0, resynced: 0, declined: 0, stopped: 0, stuck: 0, failed: 0 }
const held = { kind: 'judged', verdict: 'hold', guardMode: 'enforce', signalCount: 1, ruleIds: ['TG005'] } as const

/** The July incident as it would have gone: held, let out to a tenth, found to be spurious, revoked. */
function july(overrides: Partial<z.input<typeof Timeline>> = {}): Timeline {
  return Timeline.parse({
    cause: { causeId: 'labels-2023-07', kind: 'migration', title: 'New labels', owner: 'ada', isRegistered: true },
    serverNowMs: minutes(60),
    stepMs: 60_000,
    prunedBeforeMs: null,
    totals: {
      signalCount: 1,
      accountCount: 4987,
      neverBegunAccountCount: 4975,
      clients: {
        seen: 512,
        outcomes: { ...outcomes, begun: 12, consistent: 498, resynced: 12 },
        fetchedBytes: 3_400_000,
      },
    },
    rows: [
      { kind: 'registered', atMs: minutes(0), by: 'ada', creditAccountCount: 20 },
      {
        kind: 'emitted',
        atMs: minutes(2),
        by: 'outbox mailbox',
        because: 'Messages were rewritten for the new labels',
        signalCount: 1,
        proposalCount: 3,
        action: 'verify',
        scope: 'the whole account',
        isEveryone: false,
        accountCount: 4987,
      },
      { ...held, atMs: minutes(2), canaryAccountCount: 20, heldAccountCount: 4967 },
      { kind: 'clients', atMs: minutes(2), seen: 20, outcomes: { ...outcomes, consistent: 20 }, fetchedBytes: 0 },
      {
        kind: 'approved',
        atMs: minutes(9),
        by: 'olga',
        because: 'canaries were consistent',
        signalCount: 1,
        accountCount: 4987,
        shares: [0.1, 1],
      },
      {
        kind: 'stage',
        atMs: minutes(24),
        step: 'paused',
        signalCount: 1,
        stageShare: 0.1,
        gateOutcome: 'inconclusive',
        endedCount: 0,
        failedCount: 0,
      },
      {
        kind: 'revoked',
        atMs: minutes(30),
        by: 'olga',
        because: 'spurious: nobody found a difference',
        signalCount: 1,
        accountCount: 4987,
        neverBegunAccountCount: 4975,
      },
    ],
    ...overrides,
  })
}

test('a timeline says by the second who decided what and why, and by the minute what clients did', () => {
  expect(timelineText(july())).toEqual([
    'labels-2023-07: New labels (migration, owner ada)',
    '',
    '25 July 2023, UTC',
    '11:38:02  ada             registered it: unapproved it may reach 20 accounts',
    '11:40:02  outbox mailbox  emitted 1 signal (3 proposals) for 4,987 accounts: verify the whole account',
    '                          “Messages were rewritten for the new labels”',
    '11:40:02  guard           held 1 signal (TG005): 20 accounts in force, 4,967 held',
    '11:40     clients         20 seen, 20 consistent',
    '11:47:02  olga            approved 1 signal for 4,987 accounts, in stages of 10 %, 100 %',
    '                          “canaries were consistent”',
    '12:02:02  guard           paused the release at 10 %, gate inconclusive: no client had come to an end',
    '12:08:02  olga            revoked 1 signal for 4,987 accounts; 4,975 accounts never began and never will',
    '                          “spurious: nobody found a difference”',
    '',
    'signals      1 for 4,987 accounts',
    'never began  4,975 accounts',
    'clients      512 seen, 12 begun, 498 consistent, 12 resynced',
    'fetched      3.4 MB',
  ])
})

test('for a post-mortem it is a Markdown table, and nothing that people wrote can leave its cell', () => {
  const cause = { ...july().cause, title: '<b>New</b> | *labels*' }
  const lines = timelineMarkdown(july({ cause }))
  expect(lines.slice(0, 3)).toEqual([
    '## labels-2023-07: \\<b\\>New\\</b\\> \\| \\*labels\\*',
    '',
    '- **cause**: migration, owner ada',
  ])
  expect(lines).toContain(
    '| 12:08:02 | olga | revoked 1 signal for 4,987 accounts; 4,975 accounts never began and never will | spurious: nobody found a difference |',
  )
  const [row] = july().rows
  const odd = timelineMarkdown(
    july({
      rows: [{ ...row, kind: 'modes', atMs: 0, by: 'a|b', because: 'one\n| two', guardMode: 'off', clientMode: 'off' }],
    }),
  )
  expect(odd.at(-1)).toBe('| 00:00:00 | a\\|b | switched the guard to off, clients to off | one \\| two |')
})

test('for a status page it says what happened to readers of mail, roughly and without names', () => {
  const lines = timelineStatus(july())
  expect(lines).toEqual([
    '25 July 2023 (times in UTC)',
    '',
    '11:40  A change in our systems asked mail apps to check the mail they keep.',
    '11:40  Our safeguards held the request back before it reached most apps.',
    '11:47  We looked at the request and let it reach apps step by step, so that they come one after another.',
    '12:02  We paused it to take a closer look.',
    '12:08  We withdrew the request. Apps that had not begun will not begin, and those under way stop.',
    '',
    'It concerned about 5,000 accounts; for 99 % of them no app fetched anything. Apps that looked and found nothing missing: about 500. Apps that fetched what differed: about 12.',
  ])
})

test('no name, reason or rule of the house is on the status page, whatever the timeline holds', () => {
  const vectors = z.object({ valid: z.array(z.object({ value: z.unknown() })) })
  const file = path.resolve(import.meta.dirname, '../../../../packages/protocol/vectors/timeline.json')
  for (const { value } of vectors.parse(JSON.parse(readFileSync(file, 'utf8'))).valid) {
    const page = timelineStatus(Timeline.parse(value)).join('\n')
    expect(page).not.toMatch(/labels|ada|olga|outbox|mailbox\b|TG\d|storage|the change is right/)
  }
})

test('a history of two days has a heading for each, and says what it cannot show', () => {
  const row = july().rows[0]
  const later = july({
    stepMs: 3_600_000,
    prunedBeforeMs: START_MS,
    rows: [
      { ...row, kind: 'expired', atMs: START_MS, signalCount: 1 },
      { ...row, kind: 'expired', atMs: minutes(1440), signalCount: 2 },
    ],
  })
  const lines = timelineText(later)
  expect(lines).toContain('clients are counted in steps of 1 h')
  expect(lines).toContain('decisions from before 25 July 2023 were pruned')
  expect(lines).toContain('26 July 2023, UTC')
  expect(lines).toContain('11:38:02  guard  2 signals expired')
  expect(timelineText(july({ rows: [] }))).toContain('nothing happened yet')
  expect(timelineStatus(july({ rows: [] }))).toEqual(['No app was asked to do anything.'])
})

test('more time and a successor are told with what they changed, and to the public without names', () => {
  const decided = { by: 'olga', because: 'the mapping is mended', signalCount: 1, accountCount: 40 }
  const rows = [
    { kind: 'extended', atMs: minutes(12), ...decided, expiresAtMs: minutes(3 * 1440), windowMs: 28_800_000 },
    { kind: 'extended', atMs: minutes(13), ...decided, expiresAtMs: minutes(4 * 1440), windowMs: null },
    {
      kind: 'superseded',
      atMs: minutes(14),
      ...decided,
      neverBegunAccountCount: 4900,
      supersededBy: { kind: 'signal', signalId: 's2' },
    },
    {
      kind: 'approved',
      atMs: minutes(15),
      ...decided,
      shares: [1],
      supersedes: { kind: 'cause', causeId: 'labels-06' },
    },
  ] as const satisfies z.input<typeof Timeline>['rows']
  const timeline = july({ rows: [...rows] })
  expect(timelineText(timeline).filter((line) => /^\d\d:/.test(line))).toEqual([
    '11:50:02  olga  gave 1 signal for 40 accounts more time: until 28 July 2023, 11:38, a window of 8 h',
    '11:51:02  olga  gave 1 signal for 40 accounts more time: until 29 July 2023, 11:38',
    '11:52:02  olga  superseded 1 signal for 40 accounts by signal s2; 4,900 accounts had not begun',
    '11:53:02  olga  approved 1 signal for 40 accounts, in stages of 100 %, in the place of labels-06',
  ])
  expect(timelineStatus(timeline).slice(2, -2)).toEqual([
    '11:50  We gave apps more time, so that fewer of them come at once.',
    '11:52  We put a corrected request in its place. Apps follow that one, each in its turn.',
    '11:53  We looked at the request and let it reach apps step by step, so that they come one after another.',
  ])
})

test('J12: switches are told by number with who and why, and a status page has the words that people were told', () => {
  const at = (minute: number) => ({ kind: 'switch', atMs: minutes(minute), endsAtMs: minutes(30) }) as const
  const shed = { kind: 'shed', service: 'mail', text: 'Mail is offline. Nothing is lost.' } as const
  const bridge = { kind: 'throttle', clientClass: 'bridge', toRatio: 0.1 } as const
  const timeline = july({
    rows: [
      { ...at(1), by: 'olga', because: 'shard 3 is full', step: 'set', switchNo: 7, effect: bridge },
      { ...at(2), by: 'olga', because: 'nothing answers', step: 'set', switchNo: 8, effect: shed },
      { ...at(9), by: 'ada', because: 'it is back', step: 'lifted', switchNo: 8, effect: shed },
      { ...at(30), by: 'tidegate', because: null, step: 'ended', switchNo: 7, effect: bridge },
    ],
  })
  const text = timelineText(timeline).join('\n').replaceAll(/\s+/g, ' ')
  expect(text).toContain('olga set switch 7 until 25 July 2023, 12:08: resyncs of class bridge draw at most 10 %')
  expect(text).toContain('“shard 3 is full”')
  expect(text).toContain('ada lifted switch 8: mail is off')
  expect(text).toContain('guard switch 7 ended by itself')
  const page = timelineStatus(timeline).join('\n')
  expect(page).toContain('We took a service off for a while. Mail is offline. Nothing is lost.')
  expect(page).not.toMatch(/olga|ada|shard 3|switch/)
})
