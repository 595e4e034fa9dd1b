import {
  type AccountId,
  Actor,
  type ClientIdentity,
  type Denial,
  type GuardApi,
  type Proposal,
  type ProposeAnswer,
  type ResourceId,
  ServiceName,
  type StateTag,
} from '@tidegate/protocol'
import type { Caller } from '../caller.ts'
import type { Outcome } from '../core/adaptive/resource-meter.ts'
import { unitsOf } from '../core/admission/operation-cost.ts'
import type { EventStream } from '../core/egress/event-stream.ts'
import { type GuardHealth, healthOf } from '../core/health.ts'
import { retirableKeys, shownKeys } from '../core/signing-keys.ts'
import { createEgress, type Egress } from '../egress/egress.ts'
import { withinDeadline } from '../egress/within-deadline.ts'
import { guardApi } from './guard-api.ts'
import { inForceNow, stateTagOf } from './guard-node.ts'
import type { GuardOptions } from './guard-options.ts'
import { HintBoard, type HintListener } from './hint-board.ts'
import { hintedPass } from './hinted-pass.ts'
import { type Loop, runLoop } from './loop.ts'
import { makeGuardNode } from './make-guard-node.ts'
import { nodeFigures } from './node-figures.ts'
import { beginOperation, type Operation, type OperationAsk } from './operation.ts'
import { readStorageBy } from './read-storage.ts'
import { shedDenial } from './shed.ts'
import { setModes } from './staff-calls.ts'
import type { GuardTelemetry } from './telemetry.ts'

/** One node of a guard. Disposing stops its loops; ledger and source stay the host's. */
export interface Guard extends AsyncDisposable {
  /** The guard's calls, bound to whoever the host says is asking; null is denied everything. */
  api(caller: Caller | null): GuardApi
  /** The `Tidegate-State` of an ordinary response to this client, from memory, without waiting; null when nothing is in force. */
  stateTag(accountId: AccountId, client: ClientIdentity): StateTag | null
  /**
   * Calls `hear` when something else is in force for this client than before, and at first when anything is; ends when
   * `signal` aborts or the guard is disposed. It says "look again" and nothing else, and correctness never needs it.
   *
   * @throws Denied `unavailable`, at once, beyond `maxHintListeners` or 16 of one account
   */
  hints(who: HintListener, hear: () => void, signal: AbortSignal): Promise<void>
  /** What an app embeds and clients check answers with: the key that signs, and one that is announced. `publicKey` is 32 bytes of Ed25519 in base64url. */
  publicKeys(): readonly { readonly keyId: string; readonly publicKey: string }[]
  /**
   * Whether this node can confirm anything now, from memory: not while its ledger has been out of reach for a lease term,
   * and not once it is being disposed of. What people do interactively passes all the same, so a host app that serves
   * mail must not make its own readiness depend on it.
   */
  health(): GuardHealth
  /**
   * Lets an operation of the host app draw from a storage, or refuses it before anything was done for it: what mail pages,
   * deliveries, jobs and neighbouring services draw, beside the resyncs that go through {@link Guard.api}. From memory, at once.
   *
   * @throws Denied `no-capacity` with `retryAfterMs`; not while the guard observes or is off
   * @throws RangeError for a pool or a resource that there is none of, or units that are no number from 0
   */
  admit(ask: OperationAsk): Operation
  /**
   * What an operation costs by `operationCosts`, in units, for {@link Guard.admit}.
   *
   * @param operation a class: `read`, `write` or one of the host's own
   * @param payloadBytes what it is expected to carry, >= 0; what it carried, when it ends
   * @throws RangeError for a class that has no cost
   */
  unitsOf(operation: string, payloadBytes: number): number
  /**
   * The denial to answer with while operators have taken a service off, from memory; null when they have not. Ask before
   * any work: `const shed = guard.shedOf('mail', accountId); if (shed) throw new Denied(shed)`. A node that lost its ledger
   * goes by what it last knew, up to the switch's end.
   *
   * @param who what tells callers apart, an account or an address: each is told a time of its own to come back
   * @throws ZodError for a service that is no lower-case word of at most 32 characters
   */
  shedOf(service: string, who: string): (Denial & { readonly kind: 'shed' }) | null
  /**
   * Called when somebody asks the host app for storage work, before any queue of its own; the answer is called when the work
   * is over, with null when nothing was asked of the storage after all. So the guard sees how a resource does, and lets less
   * through while that is not as promised in `adaptive`. Work that is never ended counts as a timeout.
   *
   * @param level default: the first one
   * @throws RangeError without `adaptive`, or for a resource or a level that there is none of
   */
  meter(resourceId: ResourceId, level?: string): (outcome: Outcome | null) => void
  /** The resource that an account lives on, by the host's own map. */
  resourceOf(accountId: AccountId): ResourceId
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

/** A judging pass ends after so many rounds, so that decisions are read in between, however much is proposed. */
const MAX_JUDGING_ROUNDS = 100
/** How often windows are looked for; they last a second at least. */
const ADAPT_MS = 250
/** How long disposing waits for a pass that is under way; a store that is frozen must not keep its host from ending. */
const STOP_DEADLINE_MS = 2_000
/** A quartz drifts by a tenth of a millisecond meanwhile. What matters is a ledger that moved to a machine with another clock. */
const READ_CLOCK_MS = 10_000
/** Whoever collects metrics gives up after some seconds; a ledger that does not answer must not cost it those of the node. */
const FIGURES_DEADLINE_MS = 2_000

/**
 * Makes a node of the guard over a ledger, a source of collections, and a map of resources. It has read the ledger when
 * this resolves, and does nothing by itself until `start`.
 *
 * @throws RangeError for settings or resources out of their range; whatever the ledger throws when it cannot be read
 */
export async function createGuard(options: GuardOptions): Promise<Guard> {
  const { node, readClock } = makeGuardNode(options)
  const { counters, telemetry } = node
  await readClock()
  await node.memory.refresh()
  const stop = new AbortController()
  let running: Promise<unknown> | null = null

  const hints = new HintBoard({
    maxListeners: node.settings.maxHintListeners,
    tagOf(who) {
      const knowledge = node.memory.knowledge()
      return knowledge ? stateTagOf(node, knowledge, who, inForceNow(node, knowledge, who)) : undefined
    },
  })
  const learn = async () => {
    await node.memory.refresh()
    hints.look()
  }
  const judge = async () => {
    let round = 0
    const judgeSome = () => node.ledger.judge(node.wallNowMs(), undefined, (verdict) => counters.noteVerdict(verdict))
    while (round < MAX_JUDGING_ROUNDS && (await judgeSome()).judgedSignalCount > 0) round += 1
    if (round > 0) await learn()
  }
  const readStorage = options.storageHealth && readStorageBy(options.storageHealth, node.clock)
  const tick = () => node.ledger.tick(node.wallNowMs, readStorage)
  const flush = () => node.sightings.flush((batch) => node.ledger.recordSightings(batch, node.wallNowMs()))
  const retireKeys = async () => {
    if (retirableKeys(node.memory.lastKeys(), node.wallNowMs()).length > 0)
      await node.ledger.retireKeys(node.wallNowMs())
  }
  const adapt = async () => node.paces?.observe(node.wallNowMs())
  const { settings } = node
  const loops: readonly Loop[] = [
    { name: 'read-decisions', everyMs: settings.refreshMs, pass: learn },
    { name: 'read-clock', everyMs: READ_CLOCK_MS, pass: readClock },
    { name: 'judge-proposals', everyMs: settings.intakeMs, pass: judge },
    { name: 'judge-stages', everyMs: settings.tickMs, pass: tick },
    { name: 'erase-keys', everyMs: settings.tickMs, pass: retireKeys },
    { name: 'write-sightings', everyMs: settings.flushMs, pass: flush },
    ...(node.paces ? [{ name: 'adapt-capacity', everyMs: ADAPT_MS, pass: adapt } as const] : []),
  ]

  const unobserve = telemetry.observe({
    node: () => nodeFigures(node),
    ledger: () =>
      withinDeadline(node.clock, FIGURES_DEADLINE_MS, node.ledger.figures(node.wallNowMs())).catch(() => null),
  })

  return {
    api: (caller) => guardApi(node, caller),
    stateTag(accountId, client) {
      // Most clients never have anything in force and never ask: their ordinary requests are how the registry knows them.
      node.sightings.note({ accountId, client, cachedBytes: null }, node.wallNowMs())
      const knowledge = node.memory.knowledge()
      const who = { accountId, client }
      const tag = knowledge && stateTagOf(node, knowledge, who, inForceNow(node, knowledge, who))
      if (tag === null) counters.untaggedResponseCount += 1
      else counters.taggedResponseCount += 1
      return tag
    },
    publicKeys: () =>
      shownKeys(node.memory.lastKeys(), node.wallNowMs())
        .filter(({ state }) => state === 'active' || state === 'announced')
        .map(({ keyId, publicKey }) => ({ keyId, publicKey })),
    health: () => healthOf({ knowledgeAgeMs: node.memory.ageMs(), isDisposing: stop.signal.aborted }),
    admit: (ask) => beginOperation(node, ask),
    unitsOf: (operation, payloadBytes) => unitsOf(node.operationCosts, operation, payloadBytes),
    resourceOf: options.resources.resourceOf,
    meter(resourceId, level) {
      if (node.paces) return node.paces.begin(resourceId, level)
      throw new RangeError('Cannot meter: the guard was made without `adaptive`')
    },
    shedOf: (service, who) => shedDenial(node, ServiceName.parse(service), who),
    start() {
      if (running) return
      const { clock, log } = node
      const { signal } = stop
      node.join()
      running = Promise.all(loops.map((loop) => runLoop(observed(loop, telemetry), { clock, log, signal })))
      const onDecided = hintedPass(learn, { clock, signal })
      node.ledger.listen(onDecided, signal).catch((error: unknown) => {
        log('ledger.listen-failed', { error })
      })
    },
    async refresh() {
      await judge()
      await tick()
      await retireKeys()
      await flush()
      await learn()
    },
    hints: (who, hear, signal) => hints.listen(who, hear, signal),
    propose: (proposal, by) => guardApi(node, { kind: 'staff', actor: by, roles: ['emitter'] }).propose(proposal),
    egress: (stream) => createEgress(node, stream),
    async disable(reason = 'switched off by the host app', by = Actor.parse('host-app')) {
      node.isDisabled = true
      await setModes(node, by, { guardMode: 'off', reason })
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      const left = node.leave()
      hints.close()
      unobserve()
      const deadline = new AbortController()
      const tooLong = node.clock.sleep(STOP_DEADLINE_MS, deadline.signal).catch(() => undefined)
      await Promise.race([
        Promise.all([(running ?? Promise.resolve()).then(flush), left]).catch(() => undefined),
        tooLong,
      ])
      deadline.abort()
    },
  }
}

function observed(loop: Loop, telemetry: GuardTelemetry): Loop {
  return { ...loop, pass: () => telemetry.during({ kind: 'loop', loop: loop.name }, loop.pass) }
}
