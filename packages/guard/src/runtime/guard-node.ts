import {
  type AccountId,
  type ClientIdentity,
  type Clock,
  type CollectionSource,
  Denied,
  type InForceRequest,
  type Report,
  type ResourceId,
  type ServiceName,
} from '@tidegate/protocol'
import type { MeanSizes } from '../core/admission/mean-sizes.ts'
import type { OperationCosts } from '../core/admission/operation-cost.ts'
import type { ResourceAdmission } from '../core/admission/resource-admission.ts'
import type { CallBudgets } from '../core/call-budgets.ts'
import type { InForce } from '../core/in-force.ts'
import type { AccountReport, Ledger } from '../core/ledger.ts'
import { spreadDelayMs } from '../core/spread-delay.ts'
import type { ThrottleGate } from '../core/switches/throttle-gate.ts'
import { tagText } from '../core/tag-text.ts'
import type { AnswerSigner } from './answer-signer.ts'
import type { GroupWriter } from './group-writer.ts'
import type { NodeLog } from './logger.ts'
import type { NodeCounters } from './node-counters.ts'
import type { Knowledge, NodeMemory } from './node-memory.ts'
import type { ResourcePaces } from './resource-paces.ts'
import type { ResourceRates } from './resource-rates.ts'
import type { GuardSettings } from './settings.ts'
import type { SightingBook } from './sighting-book.ts'
import type { GuardTelemetry } from './telemetry.ts'

/** What one node of a guard is made of; the calls of {@link GuardApi} work on it. */
export interface GuardNode {
  readonly ledger: Ledger
  readonly source: CollectionSource
  readonly settings: GuardSettings
  /** Monotonic: leases, pacing, the age of knowledge. */
  readonly clock: Clock
  /** Milliseconds since 1970: what the ledger records and windows are counted from, the same for all nodes. */
  readonly wallNowMs: () => number
  readonly newId: () => string
  readonly log: NodeLog
  readonly memory: NodeMemory
  readonly counters: NodeCounters
  readonly telemetry: GuardTelemetry
  readonly signer: AnswerSigner
  readonly sightings: SightingBook
  readonly reports: GroupWriter<AccountReport, boolean>
  /** Reports of beginnings that the ledger has: see `LeaseCalls`. */
  readonly begun: Set<Report['reportKey']>
  /** Calls that holders of tokens may make. */
  readonly staffBudgets: CallBudgets
  readonly admissionOf: (accountId: AccountId) => ResourceAdmission
  /** @throws RangeError for a resource that the host did not name */
  readonly admissionAt: (resourceId: ResourceId) => ResourceAdmission
  readonly admissions: readonly ResourceAdmission[]
  readonly rates: ResourceRates
  /** Null where the host promised nothing of its storage. */
  readonly paces: ResourcePaces | null
  /** Joins the fleet, if there is one. */
  readonly join: () => void
  /** Gives back what it was given of the resources. */
  readonly leave: () => Promise<void>
  /** By class; `read` is there always. */
  readonly operationCosts: OperationCosts
  /** Of items, by collection: what a fetch is expected to carry. */
  readonly meanSizes: MeanSizes
  readonly throttleGate: ThrottleGate
  /** What the guard's own calls are part of, for operators who take a service off. */
  readonly service: ServiceName | null
  /** Set by `disable()` until the ledger knows: the switch works even while the ledger does not. */
  isDisabled: boolean
}

/** @throws Denied `unavailable` when the node has not heard from its ledger for a lease term (G8) */
export function knowledgeOf(node: GuardNode, who: string): Knowledge {
  const knowledge = node.memory.knowledge()
  if (!knowledge) throw unavailable(who)
  return knowledge
}

/** Whether the guard holds and admits, as against only looking on. */
export function isEnforcing(node: GuardNode, { modes }: Knowledge): boolean {
  return modes.guardMode === 'enforce' && !node.isDisabled
}

/** What is in force for a client, as far as the node knows. Nothing while the guard observes or is off. */
export function inForceNow(
  node: GuardNode,
  knowledge: Knowledge,
  who: { readonly accountId: AccountId; readonly client: ClientIdentity },
  leftOut?: InForceRequest['completedSignals'],
): readonly InForce[] {
  if (!isEnforcing(node, knowledge)) return []
  return knowledge.index.inForceFor({ ...who, nowMs: node.wallNowMs() }, leftOut)
}

/** The tag of what is in force, or null when nothing is. */
export function stateTagOf(
  node: GuardNode,
  { epoch, modes }: Knowledge,
  who: { readonly accountId: AccountId; readonly client: ClientIdentity },
  inForce: readonly InForce[],
) {
  if (inForce.length === 0) return null
  const { accountId, client } = who
  const { clientMode } = modes
  return node.signer.tag(tagText({ epoch, accountId, clientId: client.clientId, clientMode, inForce }))
}

/** A ledger call whose failure becomes an answer: denials pass, anything else is logged and told as `unavailable`. */
export async function onLedger<Result>(node: GuardNode, who: string, call: () => Promise<Result>): Promise<Result> {
  try {
    return await call()
  } catch (error) {
    if (error instanceof Denied) throw error
    node.log('ledger.call-failed', { error })
    throw unavailable(who, { cause: error })
  }
}

/** Back within five seconds, each caller at its own place in them. */
function unavailable(who: string, options?: ErrorOptions): Denied {
  return new Denied({ kind: 'unavailable', retryAfterMs: spreadDelayMs('unavailable', who, 1_000, 4_000) }, options)
}
