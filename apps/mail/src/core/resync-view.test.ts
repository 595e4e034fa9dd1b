import type { Progress, ProgressResult } from '@tidegate/client'
import { expect, test } from 'vitest'
import { type ResyncView, resyncView, type Surroundings } from './resync-view.ts'

const atRest: Progress = {
  state: 'current',
  mode: 'enforce',
  cause: null,
  reason: null,
  signalIds: [],
  differs: null,
  done: { itemCount: 0, bytes: 0 },
  bytesPerSecond: null,
  remainingMs: null,
  waitingFor: null,
  waitingMs: null,
  proofRound: 0,
  missingIds: [],
  result: null,
  problem: null,
}

const aResult: ProgressResult = {
  outcome: 'consistent',
  signalIds: ['s1'],
  asOf: { messages: 4211, bodies: 629 },
  proofRounds: 1,
  itemCount: 0,
  bytes: 0,
  differs: null,
  missingIds: [],
}

const migration = { kind: 'migration', title: 'Labels v2' } as const

function view(progress: Partial<Progress>, around: Partial<Surroundings> = {}): ResyncView {
  return resyncView(
    { ...atRest, ...progress },
    {
      provenCount: 629,
      held: { itemCount: 1258, bytes: 30_000_000 },
      problem: null,
      isLoaded: true,
      isElsewhere: false,
      question: null,
      deferredUntil: null,
      lastAsked: null,
      doneAtPlan: { itemCount: 0, bytes: 0 },
      ...around,
    },
  )
}

test('at rest the line says so, and never claims to be up to date when nobody answers', () => {
  expect(view({}).line).toBe('Up to date')
  expect(view({ result: aResult }, { problem: 'no-answer' }).line).toBe(
    'The server does not answer; everything here stays readable',
  )
  expect(view({}, { problem: 'offline' }).line).toBe('Offline; everything here stays readable')
})

test('a reset that changed nothing is told as proven, at its place of the change sequence (C8)', () => {
  expect(view({ result: aResult }).detail).toBe(
    '629 of 629 mails proven equal at change 4,211; nothing was downloaded.',
  )
})

test('a resync that fetched says how much it fetched', () => {
  const result: ProgressResult = { ...aResult, outcome: 'resynced', itemCount: 48, bytes: 1_240_000 }
  expect(view({ result }).detail).toMatch(/at change 4,211, after downloading 48 items, 1.2 MB\.$/)
})

test('who asks, for what and why is shown while it is under way', () => {
  const shown = view({ state: 'comparing', cause: migration, signalIds: ['s1'], reason: 'Row layout changed' })
  expect(shown.asked).toEqual({
    title: 'Labels v2',
    by: 'a migration of the mail service',
    signalIds: ['s1'],
    reason: 'Row layout changed',
  })
})

test('a result stands beside what it answers, and never beside what another signal asked', () => {
  const lastAsked = { title: 'Labels v2', by: 'a migration of the mail service', signalIds: ['s1'], reason: null }
  expect(view({ result: aResult }, { lastAsked }).asked).toBe(lastAsked)
  expect(view({ result: aResult }, { lastAsked: { ...lastAsked, signalIds: ['s0'] } }).asked).toBeNull()
})

test('a first load was asked for by nobody but this app, so it names no cause', () => {
  const shown = view({ state: 'fetching', cause: { kind: 'first-load', title: 'First load' } })
  expect(shown.asked).toBeNull()
  expect(shown.line).toBe('Downloading your mailbox, newest first')
})

test('after a first load was cancelled the page does not claim to be up to date, and offers to begin again', () => {
  const shown = view({ result: { ...aResult, outcome: 'declined', signalIds: [], asOf: {} } }, { isLoaded: false })
  expect(shown.line).toBe('Your mailbox is not on this device yet')
  expect(shown.detail).toMatch(/^You cancelled the download/)
  expect(shown.controls).toEqual(['load'])
})

test('a turn is told as a wait with its length', () => {
  expect(view({ state: 'waiting', waitingFor: 'turn', waitingMs: 11_300 }).line).toBe('Your turn in 12 s')
  expect(view({ state: 'waiting', waitingFor: 'online' }).line).toMatch(/Offline/)
})

test('consent shows the true figure and how long it takes', () => {
  const question = {
    bytes: 3_400_000,
    itemCount: 12,
    estimatedMs: 40_000,
    reason: 'r',
    cause: migration,
    // A signal id out of a question that the SDK has parsed.
    signalId: 's1' as never,
    collections: ['messages'],
  }
  expect(view({ state: 'asking' }, { question }).consent).toEqual({
    figure: '12 items, 3.4 MB',
    howLong: 'That takes about 40 s.',
  })
})

test('what has to be downloaded stands beside what this device holds', () => {
  const shown = view({ state: 'asking', cause: migration, differs: { itemCount: 48, bytes: 1_240_000 } })
  expect(shown.differs).toBe('48 items, 1.2 MB to download. This device holds 1,258 items, 30 MB.')
})

test('progress counts what earlier lives of the app had applied', () => {
  const shown = view(
    { state: 'fetching', done: { itemCount: 30, bytes: 3000 }, differs: { itemCount: 20, bytes: 1000 } },
    { doneAtPlan: { itemCount: 20, bytes: 2000 } },
  )
  expect(shown.progress).toMatchObject({ items: '30 of 40 items', bytes: '3 kB of 3 kB', ratio: 1 })
})

test('another tab shows the same progress, says that it does not work, and offers no controls (C9)', () => {
  const shown = view({ state: 'fetching', differs: { itemCount: 4, bytes: 400 } }, { isElsewhere: true })
  expect(shown.detail).toMatch(/Another tab is working/)
  expect(shown.controls).toEqual([])
  expect(shown.progress?.items).toBe('0 of 4 items')
})

test('what was paused can be resumed, what was declined can be reconsidered', () => {
  expect(view({ state: 'paused' }).controls).toEqual(['resume', 'cancel'])
  expect(view({ state: 'declined' }).controls).toEqual(['reconsider'])
})

test('what got stuck says why, and can be tried again (C5, C8)', () => {
  expect(view({ state: 'stuck', missingIds: ['m1', 'm2'] }).detail).toMatch(/^2 items could not be proven equal/)
  const interrupted = view({ state: 'stuck' })
  expect(interrupted.detail).toMatch(/^It failed or was interrupted five times/)
  expect(interrupted.controls).toEqual(['retry'])
})

test.each(['stuck', 'declined', 'paused', 'stopping', 'off'] as const)(
  '%s tells people that nothing was lost',
  (state) => {
    expect(view({ state }).detail).toMatch(/stay/)
  },
)

test.each(['current', 'noticed', 'asking', 'fetching'] as const)(
  'a tab whose cache is gone while %s says to reload it, not that another tab is working',
  (state) => {
    const shown = view({ state }, { problem: 'cache-gone', isElsewhere: true })
    expect(shown).toMatchObject({
      line: 'Reload this tab: it has lost its storage',
      tone: 'warn',
      controls: ['reload'],
    })
    expect(shown.detail).toContain('copy it before you reload')
  },
)

test('where tabs cannot agree on who works, the page says what it needs, and not that another tab is working (C9)', () => {
  const shown = view({ state: 'noticed' }, { problem: 'no-locks', isElsewhere: true })
  expect(shown).toMatchObject({ line: 'For reading only: this page needs https', tone: 'warn', controls: [] })
  expect(shown.detail).toContain('Web Locks')
})
