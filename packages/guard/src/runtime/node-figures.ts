import type { Clock, Finding, ResourceId, Verdict } from '@tidegate/protocol'
import type { ResourceAdmission } from '../core/admission/resource-admission.ts'
import type { PaceFigures } from '../core/ramp/resource-pace.ts'
import type { ShareFigures } from '../core/shares/share-figures.ts'
import type { NodeCounters, StreamCounts } from './node-counters.ts'
import type { NodeMemory } from './node-memory.ts'
import type { ResourceRates } from './resource-rates.ts'

/** What one node knows of itself, since it began where it is a count. */
export interface NodeFigures {
  readonly taggedResponseCount: number
  readonly untaggedResponseCount: number
  readonly tellingAnswerCount: number
  readonly emptyAnswerCount: number
  readonly verdictCounts: Readonly<Record<Verdict['kind'], number>>
  readonly findings: readonly { readonly finding: Pick<Finding, 'ruleId' | 'severity'>; readonly count: number }[]
  readonly streams: readonly (Readonly<StreamCounts> & { readonly stream: string })[]
  readonly resources: readonly ResourceFigures[]
  /** What it holds of the fleet's resources, and why. Null for a node that has them to itself, and before `start`. */
  readonly share: ShareFigures | null
  /** Since the ledger read that the node's knowledge comes from was begun. */
  readonly knowledgeAgeMs: number
  /** Null before the first audit that was asked of this node. */
  readonly lastAudit: { readonly isIntact: boolean; readonly ageMs: number } | null
}

export interface ResourceFigures {
  readonly resourceId: ResourceId
  readonly capacityBytesPerSecond: number
  /** What the node may let draw of it now, in cost units per second. */
  readonly unitsPerSecond: number
  /** How much of its part it goes by, and why. Null without `adaptive`. */
  readonly pace: PaceFigures | null
  readonly leasedBytesPerSecond: number
  readonly leaseCount: number
  /** Clients that were sent away and are expected back. */
  readonly waitingClientCount: number
  /** Payload drawn by leases since the node began. */
  readonly servedBytes: number
  /** What was drawn without a lease by each level and neighbour since the node began, and how often the answer was yes or no. */
  readonly pools: readonly {
    readonly name: string
    readonly drawnUnits: number
    readonly admittedCount: number
    readonly refusedCount: number
  }[]
}

export function nodeFigures(node: {
  readonly counters: NodeCounters
  readonly admissions: readonly ResourceAdmission[]
  readonly memory: NodeMemory
  readonly rates: ResourceRates
  readonly clock: Clock
}): NodeFigures {
  const { counters, admissions, memory, rates, clock } = node
  const nowMs = clock.nowMs()
  const { lastAudit, findingCounts, streams } = counters
  return {
    taggedResponseCount: counters.taggedResponseCount,
    untaggedResponseCount: counters.untaggedResponseCount,
    tellingAnswerCount: counters.tellingAnswerCount,
    emptyAnswerCount: counters.emptyAnswerCount,
    verdictCounts: { ...counters.verdictCounts },
    findings: [...findingCounts.values()].map(({ finding, count }) => ({ finding, count })),
    streams: [...streams].map(([stream, counts]) => ({ stream, ...counts })),
    resources: admissions.map((admission) => {
      rates.apply(admission, nowMs)
      return { ...admission.figures(nowMs), pace: rates.paceFigures(admission, nowMs) }
    }),
    share: rates.shareFigures(),
    knowledgeAgeMs: memory.ageMs(),
    lastAudit: lastAudit && { isIntact: lastAudit.isIntact, ageMs: Math.max(0, nowMs - lastAudit.atMs) },
  }
}
