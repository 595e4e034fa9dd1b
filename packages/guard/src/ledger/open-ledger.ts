import { randomBytes } from 'node:crypto'
import { type Actor, GuardMode } from '@tidegate/protocol'
import type { HashKey } from '../core/half-sip-hash.ts'
import type { Ledger } from '../core/ledger.ts'
import { type LedgerSettings, ledgerSettings } from '../core/ledger-settings.ts'
import { type RuleOptions, ruleBook } from '../core/rules/rule-book.ts'
import type { Resources } from '../resources.ts'
import type { SqlDatabase } from '../sql.ts'
import { AccountSets } from './account-sets.ts'
import { audit } from './audit.ts'
import { registerCause } from './causes.ts'
import { type AcceptBrokenChain, checkAtStart } from './check-at-start.ts'
import { checkStore } from './check-store.ts'
import { advance, approve, reject, revoke } from './decisions.ts'
import { claimDeliveries, recordArrivals } from './egress-deliveries.ts'
import { recordFlags } from './egress-flags.ts'
import { EpochWatch } from './epoch-watch.ts'
import { extend } from './extend.ts'
import { figures } from './figures.ts'
import { judge } from './judge.ts'
import type { LedgerContext, OutboxSource } from './ledger-context.ts'
import { createLedgerRow, DECIDED_CHANNEL } from './ledger-row.ts'
import { migrateSchema } from './migrate-schema.ts'
import { setModes } from './modes.ts'
import { overview } from './overview.ts'
import { propose } from './proposals.ts'
import { pruneEvents } from './prune-events.ts'
import { readClock } from './read-clock.ts'
import { recordSightings } from './registry.ts'
import { recordReports } from './reports.ts'
import { openKeys, retireKeys, revokeKey, rotateKey } from './signing-keys.ts'
import { snapshot } from './snapshot.ts'
import { liftSwitch, setSwitch } from './switches.ts'
import { tick } from './tick.ts'
import { timeline } from './timeline.ts'

/** Signals that one `judge` call decides at most, when its caller does not say. */
const JUDGE_LIMIT = 100

export interface LedgerOptions {
  /** Where the ledger lives: a PGlite or a PostgreSQL 15 or newer. The caller closes it. */
  readonly database: SqlDatabase
  /** Databases in which `installOutbox` was run; may be the ledger's own. Default none. */
  readonly outboxes?: readonly OutboxSource[]
  readonly resources: Resources
  readonly settings?: Partial<LedgerSettings>
  /** Severities other than the rules' own, and rules of the team's own. Default: every rule as its page says. */
  readonly rules?: RuleOptions
  /**
   * Who may approve what they registered or proposed themselves, however many accounts it is for: teams of one person.
   * Default: nobody, so from `ownApprovalCredits` times the cause's credit on somebody else has to.
   */
  readonly ownApprovers?: readonly Actor[]
  /**
   * What a ledger that is made here begins with; afterwards operators set it. Default `enforce`. With `observe` a guard
   * in front of an app that works already changes nothing until somebody has seen what it would have held.
   */
  readonly firstGuardMode?: GuardMode
  /** Draws an id that was never drawn before, as `crypto.randomUUID` does: for signals, and for the epoch of a new ledger. */
  readonly newId: () => string
  /** Opens the ledger although its events are not what was written; that is written down. Default: it is refused. */
  readonly acceptBrokenChain?: AcceptBrokenChain
}

/**
 * Opens the ledger in a database, making or upgrading its schema `tidegate_ledger` first. Any number of nodes may open
 * the same one.
 *
 * @throws RangeError when an option is out of range
 * @throws BrokenChain when its newest events are not what was written
 * @throws Error when a database cannot be written or is in no encoding for ids, an outbox is not installed, or the schema is
 * newer than this version
 */
export async function openLedger(options: LedgerOptions): Promise<Ledger> {
  await checkStore(options.database, 'its database', 'ledger')
  const context = await contextOf(options)
  const guardMode = firstGuardMode(options)
  const { database } = context
  await migrateSchema(database)
  const tagKey = await database.transaction(async (sql) => {
    await createLedgerRow(sql, { epoch: context.newId(), guardMode })
    return openKeys(sql)
  })
  await checkAtStart(database, options.acceptBrokenChain)
  const sets = new AccountSets(newHashKey())
  const watch = new EpochWatch()
  return {
    tagKey,
    registerCause: (cause, by, nowMs) => registerCause(context, cause, by, nowMs),
    propose: (proposal, by, nowMs) => propose(context, proposal, by, nowMs),
    judge: (nowMs, limit = JUDGE_LIMIT, onVerdict) => judge(context, nowMs, limit, onVerdict),
    approve: (decision, by, nowMs) => approve(context, decision, by, nowMs),
    advance: (decision, by, nowMs) => advance(context, decision, by, nowMs),
    extend: (decision, by, nowMs) => extend(context, decision, by, nowMs),
    reject: (decision, by, nowMs) => reject(context, decision, by, nowMs),
    revoke: (decision, by, nowMs) => revoke(context, decision, by, nowMs),
    setModes: (modes, by, nowMs) => setModes(context, modes, by, nowMs),
    setSwitch: (setting, by, nowMs) => setSwitch(context, setting, by, nowMs),
    liftSwitch: (lift, by, nowMs) => liftSwitch(context, lift, by, nowMs),
    rotateKey: (rotation, by, nowMs) => rotateKey(context, rotation, by, nowMs),
    revokeKey: (revocation, by, nowMs) => revokeKey(context, revocation, by, nowMs),
    retireKeys: (nowMs) => retireKeys(context, nowMs),
    tick: (readNowMs, readStorage) => tick(context, readNowMs, readStorage),
    recordSightings: (sightings, nowMs) => recordSightings(context, sightings, nowMs),
    recordReports: (reports, nowMs) => recordReports(context, reports, nowMs),
    readEpoch: (nowMs) => watch.read(context, nowMs),
    readClock: () => readClock(database),
    snapshot: (sinceRevision) => snapshot(context, sets, sinceRevision),
    listen: async (onDecided, signal) => database.listen?.(DECIDED_CHANNEL, onDecided, signal),
    overview: (nowMs) => overview(context, sets, nowMs),
    figures: (nowMs) => figures(context, nowMs),
    audit: (request) => audit(context, request),
    pruneEvents: (decision, by, nowMs) => pruneEvents(context, decision, by, nowMs),
    timeline: (causeId, nowMs) => timeline(context, causeId, nowMs),
    egress: {
      recordFlags: (flags, nowMs) => recordFlags(context, flags, nowMs),
      claimDeliveries: (deliveries, nowMs) => claimDeliveries(context, deliveries, nowMs),
      recordArrivals: (arrivals, nowMs) => recordArrivals(context, arrivals, nowMs),
    },
  }
}

function firstGuardMode({ firstGuardMode: given = 'enforce' }: LedgerOptions): GuardMode {
  const parsed = GuardMode.safeParse(given)
  if (parsed.success) return parsed.data
  const modes = GuardMode.options.join(', ')
  throw new RangeError(`Cannot open the ledger: firstGuardMode must be one of ${modes}, got ${given}`)
}

/** 64 bits of the process's own. */
function newHashKey(): HashKey {
  const bytes = randomBytes(8)
  return { low: bytes.readUInt32LE(0), high: bytes.readUInt32LE(4) }
}

async function contextOf(options: LedgerOptions): Promise<LedgerContext> {
  const { database, outboxes = [], resources, newId } = options
  if (resources.resources.length === 0)
    throw new RangeError('Cannot open the ledger: at least one resource is required')
  for (const { resourceId, capacityBytesPerSecond } of resources.resources) {
    if (!(capacityBytesPerSecond > 0 && Number.isFinite(capacityBytesPerSecond))) {
      throw new RangeError(
        `Cannot open the ledger: ${resourceId} must have a capacity above 0, got ${capacityBytesPerSecond}`,
      )
    }
  }
  const names = new Set<string>()
  for (const outbox of outboxes) {
    // 64 leaves room for a row id in the 128 characters of an idempotency key.
    if (!/^[\w.-]{1,64}$/.test(outbox.name) || names.has(outbox.name)) {
      throw new RangeError(
        `Cannot open the ledger: outbox names must differ and be 1 to 64 word characters, got ${outbox.name}`,
      )
    }
    names.add(outbox.name)
    await checkStore(outbox.database, `the database of outbox ${outbox.name}`, 'outbox')
    const [found] = await outbox.database.query<{ is_there: boolean }>(
      `SELECT to_regclass('tidegate.outbox') IS NOT NULL AS is_there`,
    )
    if (!found?.is_there)
      throw new Error(`Cannot open the ledger: run installOutbox in the database of outbox ${outbox.name} first`)
  }
  return {
    database,
    outboxes,
    resources,
    settings: ledgerSettings(options.settings),
    rules: ruleBook(options.rules),
    ownApprovers: new Set(options.ownApprovers),
    newId,
  }
}
