import { randomUUID } from 'node:crypto'
import {
  type AccountId,
  Actor,
  type ClientIdentity,
  type Clock,
  type CollectionSource,
  type GuardApi,
  type Proposal,
  type ProposeAnswer,
  type StateTag,
} from '@tidegate/protocol'
import type { Caller } from '../caller.ts'
import { ResourceAdmission } from '../core/admission/resource-admission.ts'
import { CallBudgets } from '../core/call-budgets.ts'
import type { EventStream } from '../core/egress/event-stream.ts'
import type { Ledger } from '../core/ledger.ts'
import type { LogIds } from '../core/logged-error.ts'
import { retirableKeys, shownKeys } from '../core/signing-keys.ts'
import { createEgress, type Egress } from '../egress/egress.ts'
import type { Resources } from '../resources.ts'
import { AnswerSigner } from './answer-signer.ts'
import { GroupWriter } from './group-writer.ts'
import { guardApi } from './guard-api.ts'
import { type GuardLog, LOG_EVENTS } from './guard-log.ts'
import { type GuardNode, inForceNow, stateTagOf } from './guard-node.ts'
import { hintedPass } from './hinted-pass.ts'
import { standardLog } from './log-lines.ts'
import { loggerOf } from './logger.ts'
import { type Loop, runLoop } from './loop.ts'
import { NodeMemory } from './node-memory.ts'
import { readStorageBy, type StorageProbe } from './read-storage.ts'
import { realClock } from './real-clock.ts'
import { checkedSettings, type GuardSettings } from './settings.ts'
import { sharedClock } from './shared-clock.ts'
import { SightingBook } from './sighting-book.ts'
import { setModes } from './staff-calls.ts'
import { tellNewEpoch } from './tell-new-epoch.ts'

export interface GuardOptions {
  /** Opened and closed by the host. */
  readonly ledger: Ledger
  readonly source: CollectionSource
  readonly resources: Resources
  readonly settings?: Partial<GuardSettings>
  /**
   * How a resource is doing, for gates with `maxLatencyMs` or `maxErrorRatio`. Asked when such a gate is judged; given up
   * after 5 s. Default: nobody knows, so those gates pause their release.
   */
  readonly storageHealth?: StorageProbe
  /** Default: one line per entry on standard error, as JSON, or readable where that is a terminal. */
  readonly log?: GuardLog
  /**
   * `clear` lets ids of accounts, and messages of errors, which may quote anything, into the log. Default `hidden`: an
   * account stands there under an alias, and of an error its class, code and place.
   */
  readonly logIds?: LogIds
  /** Monotonic. Default: the process's. */
  readonly clock?: Clock
  /** Milliseconds since 1970, as the ledger's records count. Default: the ledger's own clock, which is one for all nodes. */
  readonly wallNowMs?: () => number
  /** Names of leases: unguessable, since knowing one is part of the right to draw. Default: random UUIDs. */
  readonly newId?: () => string
}

/** One node of a guard. Disposing stops its loops; ledger and source stay the host's. */
export interface Guard extends AsyncDisposable {
  /** The guard's calls, bound to whoever the host says is asking; null is denied everything. */
  api(caller: Caller | null): GuardApi
  /** The `Tidegate-State` of an ordinary response to this client, from memory, without waiting; null when nothing is in force. */
  stateTag(accountId: AccountId, client: ClientIdentity): StateTag | null
  /** What an app embeds and clients check answers with: the key that signs, and one that is announced. `publicKey` is 32 bytes of Ed25519 in base64url. */
  publicKeys(): readonly { readonly keyId: string; readonly publicKey: string }[]
  /** Begins to judge, read decisions, judge stages and write sightings, over and over. A second call changes nothing. */
  start(): void
  /** One pass of all that `start` repeats: afterwards everything proposed before is judged and known here. @throws what the ledger throws */
  refresh(): Promise<void>
  /** Proposes from the host's own code, under the name `by`. */
  propose(proposal: Proposal, by: Actor): Promise<ProposeAnswer>
  /**
   * Puts an event stream of clients without the SDK behind this guard: reset flags in it are withheld, recorded, and sent
   * to each client in its turn. Call it once per stream.
   *
   * @throws RangeError for a name that is not 1 to 64 word characters
   */
  egress<Page, Event>(stream: EventStream<Page, Event>): Egress<Page>
  /** The off switch: nothing is in force and nothing is refused, here at once, everywhere when the ledger knows. @throws when it cannot be told; here it stays off */
  disable(reason?: string, by?: Actor): Promise<void>
}

/** Reports of one transaction, at most. */
const MAX_REPORT_GROUP = 500
/** A judging pass ends after so many rounds, so that decisions are read in between, however much is proposed. */
const MAX_JUDGING_ROUNDS = 100
/** How long disposing waits for a pass that is under way; a store that is frozen must not keep its host from ending. */
const STOP_DEADLINE_MS = 2_000
/** A quartz drifts by a tenth of a millisecond meanwhile. What matters is a ledger that moved to a machine with another clock. */
const READ_CLOCK_MS = 10_000

/**
 * Makes a node of the guard over a ledger, a source of collections, and a map of resources. It has read the ledger when
 * this resolves, and does nothing by itself until `start`.
 *
 * @throws RangeError for settings or resources out of their range; whatever the ledger throws when it cannot be read
 */
export async function createGuard(options: GuardOptions): Promise<Guard> {
  const { node, readClock } = guardNode(options)
  await readClock()
  await node.memory.refresh()
  const stop = new AbortController()
  let running: Promise<unknown> | null = null

  const judge = async () => {
    let round = 0
    while (round < MAX_JUDGING_ROUNDS && (await node.ledger.judge(node.wallNowMs())).judgedSignalCount > 0) round += 1
    if (round > 0) await node.memory.refresh()
  }
  const readStorage = options.storageHealth && readStorageBy(options.storageHealth, node.clock)
  const tick = () => node.ledger.tick(node.wallNowMs(), readStorage)
  const flush = () => node.sightings.flush((batch) => node.ledger.recordSightings(batch, node.wallNowMs()))
  const retireKeys = async () => {
    if (retirableKeys(node.memory.lastKeys(), node.wallNowMs()).length > 0)
      await node.ledger.retireKeys(node.wallNowMs())
  }
  const { settings } = node
  const loops: readonly Loop[] = [
    { name: 'read-decisions', everyMs: settings.refreshMs, pass: () => node.memory.refresh() },
    { name: 'read-clock', everyMs: READ_CLOCK_MS, pass: readClock },
    { name: 'judge-proposals', everyMs: settings.intakeMs, pass: judge },
    { name: 'judge-stages', everyMs: settings.tickMs, pass: tick },
    { name: 'erase-keys', everyMs: settings.tickMs, pass: retireKeys },
    { name: 'write-sightings', everyMs: settings.flushMs, pass: flush },
  ]

  return {
    api: (caller) => guardApi(node, caller),
    stateTag(accountId, client) {
      // Most clients never have anything in force and never ask: their ordinary requests are how the registry knows them.
      node.sightings.note({ accountId, client, cachedBytes: null }, node.wallNowMs())
      const knowledge = node.memory.knowledge()
      if (!knowledge) return null
      const who = { accountId, client }
      return stateTagOf(node, knowledge, who, inForceNow(node, knowledge, who))
    },
    publicKeys: () =>
      shownKeys(node.memory.lastKeys(), node.wallNowMs())
        .filter(({ state }) => state === 'active' || state === 'announced')
        .map(({ keyId, publicKey }) => ({ keyId, publicKey })),
    start() {
      if (running) return
      const { clock, log } = node
      const { signal } = stop
      running = Promise.all(loops.map((loop) => runLoop(loop, { clock, log, signal })))
      const onDecided = hintedPass(() => node.memory.refresh(), { clock, signal })
      node.ledger.listen(onDecided, signal).catch((error: unknown) => {
        log('ledger.listen-failed', { error })
      })
    },
    async refresh() {
      await judge()
      await tick()
      await retireKeys()
      await flush()
      await node.memory.refresh()
    },
    propose: (proposal, by) => guardApi(node, { kind: 'staff', actor: by, roles: ['emitter'] }).propose(proposal),
    egress: (stream) => createEgress(node, stream),
    async disable(reason = 'switched off by the host app', by = Actor.parse('host-app')) {
      node.isDisabled = true
      await setModes(node, by, { guardMode: 'off', reason })
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      const deadline = new AbortController()
      const tooLong = node.clock.sleep(STOP_DEADLINE_MS, deadline.signal).catch(() => undefined)
      await Promise.race([(running ?? Promise.resolve()).then(flush).catch(() => undefined), tooLong])
      deadline.abort()
    },
  }
}

function guardNode(options: GuardOptions): { node: GuardNode; readClock: () => Promise<void> } {
  const { ledger, source, clock = realClock } = options
  const settings = checkedSettings(options.settings ?? {})
  const signer = new AnswerSigner(ledger.tagKey)
  const log = loggerOf({
    events: LOG_EVENTS,
    log: options.log ?? standardLog(),
    ids: options.logIds ?? 'hidden',
    nowMs: () => clock.nowMs(),
    alias: (accountId) => signer.alias(accountId),
  })
  const shared = sharedClock(ledger, clock, (setByMs) => log('node.clock-off', { fields: { setByMs } }))
  const { wallNowMs = shared.nowMs } = options
  const readClock = options.wallNowMs ? async () => undefined : shared.read
  // What the ledger was told before it lost a tail, it may have to be told again.
  const begun: GuardNode['begun'] = new Set()
  const admissions = checkedResources(options.resources).map(
    (resource) => new ResourceAdmission(resource, settings.maxShareOfResource, clock.nowMs()),
  )
  const byResource = new Map(admissions.map((admission) => [admission.resourceId, admission]))
  const node: GuardNode = {
    ledger,
    source,
    settings,
    clock,
    wallNowMs,
    newId: options.newId ?? randomUUID,
    log,
    memory: new NodeMemory(ledger, clock, {
      wallNowMs,
      systemNowMs: Date.now,
      onNewEpoch(reading) {
        begun.clear()
        tellNewEpoch(log, reading)
      },
    }),
    signer,
    sightings: new SightingBook(),
    staffBudgets: new CallBudgets({
      callsPerSecond: settings.staffCallsPerSecond,
      burstCount: settings.staffCallBurst,
    }),
    reports: new GroupWriter((group) => ledger.recordReports(group, wallNowMs()), MAX_REPORT_GROUP),
    begun,
    admissions,
    admissionOf(accountId) {
      const resourceId = options.resources.resourceOf(accountId)
      const admission = byResource.get(resourceId)
      if (admission) return admission
      throw new RangeError(`Cannot admit: resourceOf names the resource ${resourceId}, which is not one of resources`)
    },
    isDisabled: false,
  }
  return { node, readClock }
}

function checkedResources({ resources }: Resources): Resources['resources'] {
  if (resources.length === 0) throw new RangeError('Cannot make a guard: at least one resource is required, got none')
  const ids = new Set(resources.map(({ resourceId }) => resourceId))
  if (ids.size < resources.length) throw new RangeError('Cannot make a guard: two resources have the same resourceId')
  for (const { resourceId, capacityBytesPerSecond } of resources) {
    if (Number.isSafeInteger(capacityBytesPerSecond) && capacityBytesPerSecond >= 1) continue
    throw new RangeError(
      `Cannot make a guard: capacityBytesPerSecond of ${resourceId} must be a whole number from 1, got ${capacityBytesPerSecond}`,
    )
  }
  return resources
}
