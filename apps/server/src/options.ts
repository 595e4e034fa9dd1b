import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { type LogIds, type RuleSetting, ruleBook } from '@tidegate/guard'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'

/** What the server is started with; every value checked. */
export interface ServerOptions {
  /** An mbox file, a Maildir, a folder of `.eml` files; null for the seeded mailbox. */
  readonly mailboxPath: string | null
  readonly host: string
  /** 0 for any free one. */
  readonly port: number
  readonly dataDir: string
  /** The PostgreSQL that several instances share, instead of `dataDir`; null for none. */
  readonly ledgerUrl: string | null
  /** Which of the instances on a shared ledger it is; null for one that has everything to itself. */
  readonly node: { readonly slot: number; readonly slotCount: number } | null
  /** Synthetic neighbours, so that a mass reset has somebody to hit. */
  readonly accountCount: number
  /** Storage shards the accounts are spread over. */
  readonly resourceCount: number
  /** The operators' token when the person who starts chose it; null to make one and print it. */
  readonly operatorToken: string | null
  /** Opens `/metrics` and nothing else; null when only staff may read them. */
  readonly metricsToken: string | null
  /** Why to start although the record of decisions is not what was written; null to refuse. */
  readonly acceptBrokenChain: string | null
  /** What findings of a rule weigh here, by rule id; other rules weigh what their pages say. */
  readonly ruleSeverities: Readonly<Record<string, RuleSetting>>
  /** How log entries are written; null for JSON, or text where standard error is a terminal. */
  readonly logFormat: 'json' | 'text' | null
  /** Whether the log may name accounts. */
  readonly logIds: LogIds
}

/**
 * The start cannot go on for a reason that the person who typed the command can mend. Its message is one line.
 */
export class StartError extends Error {
  override readonly name = 'StartError'
}

/** Help was asked for and printed: nothing is wrong and nothing is to be started. */
export class HelpShown extends Error {
  override readonly name = 'HelpShown'
}

export const DEFAULT_OPTIONS = {
  host: '127.0.0.1',
  port: 7410,
  dataDir: '.tidegate-data',
  ledgerUrl: null,
  node: null,
  accountCount: 200,
  resourceCount: 4,
  metricsToken: null,
  acceptBrokenChain: null,
  ruleSeverities: {},
  logFormat: null,
  logIds: 'hidden',
} as const

/** Shorter ones can be guessed; the generated one has 43 characters. */
const MIN_TOKEN_LENGTH = 16
/** What the guard shares a capacity among at most. */
const MAX_NODES = 1_000
const TOKEN_VARIABLE = 'TIDEGATE_OPERATOR_TOKEN'
const METRICS_VARIABLE = 'TIDEGATE_METRICS_TOKEN'
const LEDGER_VARIABLE = 'TIDEGATE_LEDGER'
const OPERATOR_TOKEN = { what: 'the operators’ token', flag: '--token-file', variable: TOKEN_VARIABLE }
const METRICS_TOKEN = { what: 'the metrics token', flag: '--metrics-token-file', variable: METRICS_VARIABLE }

interface Flags {
  readonly mailbox?: string
  readonly host: string
  readonly port: number
  readonly data: string
  readonly ledger?: string
  readonly node?: NonNullable<ServerOptions['node']>
  readonly accounts: number
  readonly resources: number
  readonly tokenFile?: string
  readonly metricsTokenFile?: string
  readonly acceptBrokenChain?: string
  readonly rule: Readonly<Record<string, RuleSetting>>
  readonly logFormat?: 'json' | 'text'
  readonly logIds: LogIds
}

/**
 * Reads the command line.
 *
 * @param args without the program's own name
 * @throws StartError for a value that does not fit; HelpShown after printing the help
 */
export function parseOptions(args: readonly string[], environment: NodeJS.ProcessEnv): ServerOptions {
  const command = new Command('npm start --')
    .description('Runs a Tidegate guard with a mailbox, a mail page and an operators’ console.')
    .option('--mailbox <path>', 'mbox file, Maildir, or folder of .eml files (default: a seeded mailbox)', given)
    .option('--port <number>', 'port to listen on, 0 for any free one', wholeNumber(0, 65_535), DEFAULT_OPTIONS.port)
    .option('--host <address>', 'address to listen on', given, DEFAULT_OPTIONS.host)
    .option('--data <folder>', 'where everything is kept', given, DEFAULT_OPTIONS.dataDir)
    .addOption(
      new Option('--ledger <url>', `PostgreSQL that instances share, instead of --data (or set ${LEDGER_VARIABLE})`)
        .argParser(postgresUrl)
        .conflicts('data'),
    )
    .option('--node <place>', 'with --ledger: which of how many instances this one is, as 3/8', nodePlace)
    .option('--accounts <number>', 'synthetic neighbours', wholeNumber(0, 100_000), DEFAULT_OPTIONS.accountCount)
    .option('--resources <number>', 'storage shards they live on', wholeNumber(1, 64), DEFAULT_OPTIONS.resourceCount)
    .option('--token-file <path>', `file with the operators’ token (or set ${TOKEN_VARIABLE})`, given)
    .option('--metrics-token-file <path>', `file with a token for /metrics alone (or set ${METRICS_VARIABLE})`, given)
    .option('--rule <id=severity>', 'what a rule weighs: reject, hold, note, off; repeatable', ruleSetting, {})
    .addOption(new Option('--log-format <format>', 'default: text on a terminal, else json').choices(['json', 'text']))
    .addOption(
      new Option('--log-ids <how>', 'accounts in the log').choices(['hidden', 'clear']).default(DEFAULT_OPTIONS.logIds),
    )
    .option('--accept-broken-chain <reason>', 'start although the record of decisions was tampered with', given)
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
  try {
    command.parse([...args], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) throw new HelpShown()
    throw new StartError(`${error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ')} (see --help)`)
  }
  const flags = command.opts<Flags>()
  const operatorToken = givenToken(OPERATOR_TOKEN, flags.tokenFile, environment)
  if (!isLoopback(flags.host) && operatorToken === null) {
    throw new StartError(
      `Cannot listen on ${flags.host}: beyond loopback, --token-file or ${TOKEN_VARIABLE} is required, got neither`,
    )
  }
  const ledgerUrl = flags.ledger ?? ledgerOf(environment)
  if (ledgerUrl !== null && flags.node === undefined) {
    // Instances that do not know of each other would each let the whole capacity be drawn.
    throw new StartError('Cannot share a ledger: --node is required with --ledger, as 1/1 for a single instance')
  }
  if (ledgerUrl === null && flags.node !== undefined) {
    throw new StartError('Cannot be one of several: --node requires --ledger, which they share')
  }
  return {
    mailboxPath: flags.mailbox === undefined ? null : resolve(flags.mailbox),
    host: flags.host,
    port: flags.port,
    dataDir: resolve(flags.data),
    ledgerUrl,
    node: flags.node ?? DEFAULT_OPTIONS.node,
    accountCount: flags.accounts,
    resourceCount: flags.resources,
    operatorToken,
    metricsToken: givenToken(METRICS_TOKEN, flags.metricsTokenFile, environment),
    acceptBrokenChain: flags.acceptBrokenChain ?? DEFAULT_OPTIONS.acceptBrokenChain,
    ruleSeverities: flags.rule,
    logFormat: flags.logFormat ?? DEFAULT_OPTIONS.logFormat,
    logIds: flags.logIds,
  }
}

/** @returns whether only this machine can reach an address */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

function givenToken(
  { what, flag, variable }: typeof OPERATOR_TOKEN,
  path: string | undefined,
  environment: NodeJS.ProcessEnv,
): string | null {
  const token = path === undefined ? environment[variable] : readToken(flag, path)
  if (token === undefined) return null
  if (!/^[\x21-\x7e]+$/.test(token) || token.length < MIN_TOKEN_LENGTH) {
    throw new StartError(
      `Cannot use ${what}: at least ${MIN_TOKEN_LENGTH} printable ASCII characters without spaces are required`,
    )
  }
  return token
}

function readToken(flag: string, path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    throw new StartError(`Cannot read ${flag} ${path}: ${error instanceof Error ? error.message : error}`)
  }
}

/** An empty text is a variable that a script forgot to set: as a path it would mean the current folder, as a host every one. */
function given(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It must not be empty.')
  return text
}

/** From the environment, where a password is not seen in the list of processes. */
function ledgerOf(environment: NodeJS.ProcessEnv): string | null {
  const text = environment[LEDGER_VARIABLE]
  if (text === undefined) return DEFAULT_OPTIONS.ledgerUrl
  try {
    return postgresUrl(text)
  } catch (error) {
    throw new StartError(`Cannot use ${LEDGER_VARIABLE}: ${error instanceof Error ? error.message : error}`)
  }
}

function nodePlace(text: string): { slot: number; slotCount: number } {
  const [, slot = 0, slotCount = 0] = (/^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? []).map(Number)
  if (slot < 1 || slot > slotCount || slotCount > MAX_NODES) {
    throw new InvalidArgumentError(`A place from 1/1 to ${MAX_NODES}/${MAX_NODES} is required.`)
  }
  return { slot, slotCount }
}

function postgresUrl(text: string): string {
  if (!/^postgres(ql)?:$/.test(URL.parse(text)?.protocol ?? '')) {
    throw new InvalidArgumentError('A URL is required, as postgres://user@host:5432/database.')
  }
  return text
}

/** Checked here, so that a rule which does not exist is told before a mailbox is read. */
function ruleSetting(text: string, earlier: Readonly<Record<string, RuleSetting>>): Record<string, RuleSetting> {
  const [, ruleId = '', setting = ''] = /^([^=]+)=(.*)$/.exec(text) ?? []
  // The book refuses what is none.
  const severities = { ...earlier, [ruleId]: setting as RuleSetting }
  if (ruleId === '') throw new InvalidArgumentError('A rule and what it weighs are required, as TG015=note.')
  try {
    ruleBook({ severities })
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? `${error.message}.` : String(error))
  }
  return severities
}

function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < min || value > max) {
      throw new InvalidArgumentError(`A whole number from ${min} to ${max} is required.`)
    }
    return value
  }
}
