import { expect, test } from 'vitest'
import { parseOptions, StartError } from './options.ts'

const refused = (...args: string[]) => {
  try {
    parseOptions(args, {})
  } catch (error) {
    expect(error).toBeInstanceOf(StartError)
    const { message } = error as StartError // by the line above
    expect(message).not.toContain('\n')
    return message
  }
  throw new Error(`${args.join(' ')} was accepted`)
}

test('without options it listens on loopback with a seeded mailbox and 200 neighbours on 4 shards', () => {
  expect(parseOptions([], {})).toMatchObject({
    mailboxPath: null,
    host: '127.0.0.1',
    port: 7410,
    accountCount: 200,
    resourceCount: 4,
    ledgerUrl: null,
    node: null,
    operatorToken: null,
    metricsToken: null,
    acceptBrokenChain: null,
    logFormat: null,
    logIds: 'hidden',
  })
})

test.each([
  [['--port', 'http'], "option '--port <number>' argument 'http' is invalid"],
  [['--port', '65536'], 'A whole number from 0 to 65535'],
  [['--port', '-1'], 'A whole number'],
  [['--accounts', '1e3'], 'A whole number'],
  [['--accounts', ''], 'A whole number'],
  [['--resources', '0'], 'from 1 to 64'],
  [['--mailbox'], 'argument missing'],
  [['--log-ids', 'some'], 'Allowed choices are hidden, clear'],
  [['--metrics-token-file', '/nowhere/token'], 'Cannot read --metrics-token-file /nowhere/token'],
  [['--colour', 'blue'], "unknown option '--colour'"],
  [['stray'], 'too many arguments'],
  [['--data', ''], 'must not be empty'],
  [['--host', ' '], 'must not be empty'],
  [['--mailbox', ''], 'must not be empty'],
  [['--ledger', 'postgres://host/mail'], '--node is required with --ledger'],
  [['--node', '1/2'], '--node requires --ledger'],
  [['--node', '3/2'], 'A place from 1/1 to 1000/1000 is required'],
  [['--node', '0/2'], 'A place from 1/1'],
  [['--node', '1'], 'A place from 1/1'],
  [['--ledger', 'mysql://host/mail'], 'A URL is required, as postgres://'],
  [['--ledger', 'host'], 'A URL is required, as postgres://'],
  [['--ledger', 'postgres://host/mail', '--data', 'here'], "cannot be used with option '--data"],
  [['--accept-broken-chain', ''], 'must not be empty'],
  [['--token-file', '/nowhere/token'], 'Cannot read --token-file'],
  [['--rule', 'TG0O5=note'], 'there is no such rule, the nearest is TG005'],
  [['--rule', 'TG005=note'], 'it may not be below hold'],
  [['--rule', 'TG015=loud'], 'one of reject, hold, note, off is required, got loud'],
  [['--rule', 'TG015'], 'A rule and what it weighs are required'],
])('the options %j are refused in one line', (args, part) => {
  expect(refused(...args)).toContain(part)
})

test('the ledger may stand in the environment, where no list of processes shows its password', () => {
  const url = 'postgres://guard:secret@host/mail'
  expect(parseOptions(['--node', '3/8'], { TIDEGATE_LEDGER: url })).toMatchObject({
    ledgerUrl: url,
    node: { slot: 3, slotCount: 8 },
  })
  expect(() => parseOptions([], { TIDEGATE_LEDGER: '' })).toThrow('Cannot use TIDEGATE_LEDGER: A URL is required')
})

test('rules weigh what their pages say, except those that the command line names', () => {
  expect(parseOptions([], {}).ruleSeverities).toEqual({})
  const { ruleSeverities } = parseOptions(['--rule', 'TG015=note', '--rule', 'TG004=reject', '--rule', 'TG015=off'], {})
  expect(ruleSeverities).toEqual({ TG004: 'reject', TG015: 'off' })
})

test('beyond loopback nothing opens without a token that somebody chose', () => {
  expect(refused('--host', '0.0.0.0')).toContain('--token-file or TIDEGATE_OPERATOR_TOKEN is required')
  expect(refused('--host', '127.evil.example')).toContain('is required')
  const token = 'a-token-of-enough-length'
  expect(parseOptions(['--host', '0.0.0.0'], { TIDEGATE_OPERATOR_TOKEN: token }).operatorToken).toBe(token)
})

test('a token that could be guessed is refused', () => {
  expect(() => parseOptions([], { TIDEGATE_OPERATOR_TOKEN: 'short' })).toThrow('at least 16')
  expect(() => parseOptions([], { TIDEGATE_OPERATOR_TOKEN: '' })).toThrow('at least 16')
})
