import { AccountId } from '@tidegate/protocol'
import { PretendClock } from '@tidegate/protocol/testing'
import { expect, test } from 'vitest'
import type { LogIds } from '../core/logged-error.ts'
import { type GuardLog, LOG_EVENTS, type LogEntry } from './guard-log.ts'
import { logLines } from './log-lines.ts'
import { loggerOf } from './logger.ts'

const ann = AccountId.parse('ann')
const alias = () => 'account:1a2b3c4d'

const aLogger = (
  log: GuardLog,
  { ids = 'hidden', clock = new PretendClock() }: { ids?: LogIds; clock?: PretendClock } = {},
) => loggerOf({ events: LOG_EVENTS, log, ids, nowMs: () => clock.nowMs(), alias })

test('an account stands in the log under its alias, unless ids may be read', () => {
  const logged: LogEntry[] = []
  for (const ids of ['hidden', 'clear'] as const) {
    const log = aLogger((entry) => logged.push(entry), { ids })
    log('call.failed', { fields: { call: 'fetch' }, accountId: ann, error: new Error('of ann') })
  }
  expect(logged.map(({ fields, error }) => [fields.account, error?.message])).toEqual([
    ['account:1a2b3c4d', undefined],
    ['ann', 'of ann'],
  ])
})

test('of a storm twenty entries are told in ten seconds, and the next one says how many were not', async () => {
  const logged: LogEntry[] = []
  const clock = new PretendClock()
  const log = aLogger((entry) => logged.push(entry), { clock })
  for (let at = 0; at < 500; at++) log('call.failed')
  log('ledger.call-failed')
  expect(logged.map(({ event }) => event)).toEqual([...Array(20).fill('call.failed'), 'ledger.call-failed'])
  await clock.advance(10_000)
  log('call.failed')
  log('call.failed')
  expect(logged.slice(-2).map(({ fields }) => fields)).toEqual([{ suppressedCount: 480 }, {}])
})

test('a log that throws takes nothing down', () => {
  const log = aLogger(() => {
    throw new Error('the disk is full')
  })
  expect(() => log('call.failed')).not.toThrow()
})

test('each entry is one line: an object for whatever collects logs, words for people', () => {
  const entry: LogEntry = {
    level: 'warn',
    event: 'call.failed',
    message: 'Cannot answer',
    fields: { call: 'fetch', text: 'two\nlines', waitedMs: 5 },
    error: {
      name: 'Error',
      code: '57P01',
      message: 'gone\naway',
      at: ['a.ts:1:2', 'b.ts:3:4'],
      causes: [{ name: 'Odd' }],
    },
  }
  const lines: string[] = []
  const options = { write: (line: string) => lines.push(line), nowMs: () => 0 }
  logLines({ format: 'json', ...options })(entry)
  logLines({ format: 'text', ...options })(entry)
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    time: '1970-01-01T00:00:00.000Z',
    level: 'warn',
    event: 'call.failed',
    message: 'Cannot answer',
    call: 'fetch',
    text: 'two\nlines',
    waitedMs: 5,
    error: entry.error,
  })
  expect(lines[1]).toBe(
    '1970-01-01T00:00:00.000Z  warn   call.failed: Cannot answer  call=fetch  text="two\\nlines"  waitedMs=5  because=Error 57P01 "gone\\naway" at a.ts:1:2 (Odd)',
  )
})
