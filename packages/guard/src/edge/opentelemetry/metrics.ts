import type { Attributes } from '@opentelemetry/api'
import { SignalState } from '@tidegate/protocol'
import type { LedgerFigures } from '../../core/ledger.ts'
import { SHARE_STATES } from '../../core/shares/share-states.ts'
import type { NodeFigures } from '../../runtime/node-figures.ts'

/** A metric as people read of it. Names and units as OpenTelemetry has them: lower case with dots, UCUM. */
export interface MetricRow {
  /** `histogram` and `counter` rise; `updown` may be added up over nodes; a `gauge` may not. */
  readonly kind: 'histogram' | 'counter' | 'updown' | 'gauge'
  readonly unit: string
  readonly description: string
  readonly attributes: readonly string[]
  /** Whose figure it is: each node's own, or the ledger's, which every node tells alike. */
  readonly of: 'node' | 'ledger'
}

/** A metric that is asked for: its points, from what the node or its ledger says of itself. */
export interface ObservedRow<Figures> extends MetricRow {
  readonly kind: 'counter' | 'updown' | 'gauge'
  readonly points: (figures: Figures) => readonly Point[]
}

export type Point = readonly [value: number, attributes?: Attributes]

const RESOURCE = 'tidegate.resource.id'
const POOL = 'tidegate.pool'
const STREAM = 'tidegate.egress.stream'

/** Taken as things happen. */
export const TIMED_METRICS = {
  'tidegate.call.duration': {
    of: 'node',
    kind: 'histogram',
    unit: 's',
    description: 'Calls of clients and staff, in-force answers among them, by what they were answered with',
    attributes: ['tidegate.call', 'tidegate.caller', 'tidegate.outcome', 'error.type'],
  },
  'tidegate.lease.requests': {
    of: 'node',
    kind: 'counter',
    unit: '{request}',
    description: 'Leases asked for: granted, or why not',
    attributes: ['tidegate.outcome'],
  },
  'tidegate.ledger.operation.duration': {
    of: 'node',
    kind: 'histogram',
    unit: 's',
    description: 'Operations on the ledger, each one transaction or, for judge, several; error.type where one failed',
    attributes: ['tidegate.ledger.operation', 'error.type'],
  },
  'tidegate.loop.duration': {
    of: 'node',
    kind: 'histogram',
    unit: 's',
    description: 'Passes of the loops of this node; error.type where one failed',
    attributes: ['tidegate.loop', 'error.type'],
  },
} as const satisfies Record<string, MetricRow>

/** What each node counts for itself, from memory. */
export const NODE_METRICS = {
  'tidegate.state_tag.responses': {
    of: 'node',
    kind: 'counter',
    unit: '{response}',
    description: 'Responses of the host app that were asked for their state tag, by whether something was in force',
    attributes: ['tidegate.in_force'],
    points: (node) => [
      [node.taggedResponseCount, { 'tidegate.in_force': true }],
      [node.untaggedResponseCount, { 'tidegate.in_force': false }],
    ],
  },
  'tidegate.in_force.answers': {
    of: 'node',
    kind: 'counter',
    unit: '{answer}',
    description: 'Signed answers to clients, by whether they told of a signal',
    attributes: ['tidegate.in_force'],
    points: (node) => [
      [node.tellingAnswerCount, { 'tidegate.in_force': true }],
      [node.emptyAnswerCount, { 'tidegate.in_force': false }],
    ],
  },
  'tidegate.verdicts': {
    of: 'node',
    kind: 'counter',
    unit: '{verdict}',
    description: 'Verdicts given by this node',
    attributes: ['tidegate.verdict'],
    points: (node) => Object.entries(node.verdictCounts).map(([kind, count]) => [count, { 'tidegate.verdict': kind }]),
  },
  'tidegate.findings': {
    of: 'node',
    kind: 'counter',
    unit: '{finding}',
    description: 'What rules found in the verdicts of this node',
    attributes: ['tidegate.rule.id', 'tidegate.severity'],
    points: (node) =>
      node.findings.map(({ finding, count }) => [
        count,
        { 'tidegate.rule.id': finding.ruleId, 'tidegate.severity': finding.severity },
      ]),
  },
  'tidegate.egress.flags': {
    of: 'node',
    kind: 'counter',
    unit: '{flag}',
    description: 'Reset flags of old event streams: withheld each time one was met, attached in a turn, acknowledged',
    attributes: [STREAM, 'tidegate.egress.fate'],
    points: (node) =>
      node.streams.flatMap(({ stream, withheldFlagCount, attachedFlagCount, acknowledgedFlagCount }): Point[] => [
        [withheldFlagCount, { [STREAM]: stream, 'tidegate.egress.fate': 'withheld' }],
        [attachedFlagCount, { [STREAM]: stream, 'tidegate.egress.fate': 'attached' }],
        [acknowledgedFlagCount, { [STREAM]: stream, 'tidegate.egress.fate': 'acknowledged' }],
      ]),
  },
  'tidegate.resource.rate.limit': {
    of: 'node',
    kind: 'gauge',
    unit: 'By/s',
    description: 'What a resource can bear',
    attributes: [RESOURCE],
    points: (node) => node.resources.map((each) => [each.capacityBytesPerSecond, { [RESOURCE]: each.resourceId }]),
  },
  'tidegate.resource.rate.usage': {
    of: 'node',
    kind: 'updown',
    unit: 'By/s',
    description: 'What running leases of this node may draw',
    attributes: [RESOURCE],
    points: (node) => node.resources.map((each) => [each.leasedBytesPerSecond, { [RESOURCE]: each.resourceId }]),
  },
  'tidegate.resource.rate.allowed': {
    of: 'node',
    kind: 'updown',
    unit: 'By/s',
    description: 'What this node may let resyncs and all else draw now: its part of the fleet’s, times its pace',
    attributes: [RESOURCE],
    points: (node) => node.resources.map((each) => [each.unitsPerSecond, { [RESOURCE]: each.resourceId }]),
  },
  'tidegate.resource.pace': {
    of: 'node',
    kind: 'gauge',
    unit: '1',
    description:
      'Of its part, what this node goes by, for what the storage bears as it sees it; absent without adaptive',
    attributes: [RESOURCE],
    points: (node) =>
      node.resources.flatMap(({ pace, resourceId }): Point[] =>
        pace ? [[pace.factor, { [RESOURCE]: resourceId }]] : [],
      ),
  },
  'tidegate.share.nodes': {
    of: 'node',
    kind: 'updown',
    unit: '{node}',
    description: 'Whether this node’s part of the fleet’s capacity is of that kind: 1 or 0; absent outside a fleet',
    attributes: ['tidegate.share.kind'],
    points: ({ share }) =>
      share ? SHARE_KINDS.map((kind) => [share.kind === kind ? 1 : 0, { 'tidegate.share.kind': kind }]) : [],
  },
  'tidegate.operation.requests': {
    of: 'node',
    kind: 'counter',
    unit: '{operation}',
    description: 'Operations without a lease, by what they were charged to, and whether there was room',
    attributes: [RESOURCE, POOL, 'tidegate.outcome'],
    points: (node) =>
      node.resources.flatMap(({ resourceId, pools }) =>
        pools.flatMap(({ name, admittedCount, refusedCount }): Point[] => [
          [admittedCount, { [RESOURCE]: resourceId, [POOL]: name, 'tidegate.outcome': 'admitted' }],
          [refusedCount, { [RESOURCE]: resourceId, [POOL]: name, 'tidegate.outcome': 'refused' }],
        ]),
      ),
  },
  'tidegate.operation.io': {
    of: 'node',
    kind: 'counter',
    unit: 'By',
    description: 'What operations without a lease have cost, in payload bytes that cost as much',
    attributes: [RESOURCE, POOL],
    points: (node) =>
      node.resources.flatMap(({ resourceId, pools }) =>
        pools.map(({ name, drawnUnits }): Point => [drawnUnits, { [RESOURCE]: resourceId, [POOL]: name }]),
      ),
  },
  'tidegate.resource.io': {
    of: 'node',
    kind: 'counter',
    unit: 'By',
    description: 'Payload that leases of this node have drawn',
    attributes: [RESOURCE],
    points: (node) => node.resources.map((each) => [each.servedBytes, { [RESOURCE]: each.resourceId }]),
  },
  'tidegate.lease.running': {
    of: 'node',
    kind: 'updown',
    unit: '{lease}',
    description: 'Leases that run on this node: clients that are fetching',
    attributes: [RESOURCE],
    points: (node) => node.resources.map((each) => [each.leaseCount, { [RESOURCE]: each.resourceId }]),
  },
  'tidegate.lease.waiting': {
    of: 'node',
    kind: 'updown',
    unit: '{client}',
    description: 'Clients that this node sent away for want of capacity and expects back',
    attributes: [RESOURCE],
    points: (node) => node.resources.map((each) => [each.waitingClientCount, { [RESOURCE]: each.resourceId }]),
  },
  'tidegate.knowledge.age': {
    of: 'node',
    kind: 'gauge',
    unit: 's',
    description: 'How old the node’s knowledge of its ledger is; from 10 s on it confirms and begins nothing',
    attributes: [],
    points: (node) => (Number.isFinite(node.knowledgeAgeMs) ? [[node.knowledgeAgeMs / 1000]] : []),
  },
  'tidegate.audit.intact': {
    of: 'node',
    kind: 'gauge',
    unit: '{audit}',
    description: 'What the last audit asked of this node came to: 1 when every event is what was written, else 0',
    attributes: [],
    points: ({ lastAudit }) => (lastAudit ? [[lastAudit.isIntact ? 1 : 0]] : []),
  },
  'tidegate.audit.age': {
    of: 'node',
    kind: 'gauge',
    unit: 's',
    description: 'Since the last audit asked of this node',
    attributes: [],
    points: ({ lastAudit }) => (lastAudit ? [[lastAudit.ageMs / 1000]] : []),
  },
} as const satisfies Record<string, ObservedRow<NodeFigures>>

/** What the ledger counts: the same on every node, and absent while it is out of reach. */
export const LEDGER_METRICS = {
  'tidegate.signals': {
    of: 'ledger',
    kind: 'gauge',
    unit: '{signal}',
    description: 'Signals by state; waiting ones have no verdict yet',
    attributes: ['tidegate.signal.state'],
    points: ({ signalCounts }) =>
      SIGNAL_STATES.map((state) => [signalCounts[state] ?? 0, { 'tidegate.signal.state': state }]),
  },
  'tidegate.holds': {
    of: 'ledger',
    kind: 'gauge',
    unit: '{cause}',
    description: 'Causes with a held signal: what waits for a person',
    attributes: [],
    points: ({ heldCauseCount }) => [[heldCauseCount]],
  },
  'tidegate.hold.age': {
    of: 'ledger',
    kind: 'gauge',
    unit: 's',
    description: 'Since the oldest signal is held that has not expired; 0 when none is',
    attributes: [],
    points: ({ oldestHeldAgeMs }) => [[(oldestHeldAgeMs ?? 0) / 1000]],
  },
  'tidegate.proposal.age': {
    of: 'ledger',
    kind: 'gauge',
    unit: 's',
    description: 'Since the oldest proposal was made that has no verdict; 0 when all have one',
    attributes: [],
    points: ({ oldestWaitingAgeMs }) => [[(oldestWaitingAgeMs ?? 0) / 1000]],
  },
  'tidegate.credit.account.usage': {
    of: 'ledger',
    kind: 'gauge',
    unit: '{account}',
    description: 'Distinct accounts in force without approval, of all causes',
    attributes: [],
    points: ({ spentAccountCount }) => [[spentAccountCount]],
  },
  'tidegate.credit.account.limit': {
    of: 'ledger',
    kind: 'gauge',
    unit: '{account}',
    description: 'How many may be; absent before the first verdict',
    attributes: [],
    points: ({ globalCredit }) => (globalCredit ? [[globalCredit.accountCount]] : []),
  },
  'tidegate.credit.io.usage': {
    of: 'ledger',
    kind: 'gauge',
    unit: 'By',
    description: 'Predicted bytes in force without approval, of all causes, where there are any',
    attributes: [RESOURCE],
    points: ({ spentBytesByResource }) =>
      [...spentBytesByResource].map(([resourceId, bytes]) => [bytes, { [RESOURCE]: resourceId }]),
  },
  'tidegate.credit.io.limit': {
    of: 'ledger',
    kind: 'gauge',
    unit: 'By',
    description: 'How many may be on each resource; absent before the first verdict',
    attributes: [],
    points: ({ globalCredit }) => (globalCredit ? [[globalCredit.bytesPerResource]] : []),
  },
} as const satisfies Record<string, ObservedRow<LedgerFigures>>

const SHARE_KINDS = Object.keys(SHARE_STATES)
const SIGNAL_STATES = ['waiting', ...SignalState.options] as const

/** Every metric of a guard, by name. */
export const METRICS: Readonly<Record<string, MetricRow>> = { ...TIMED_METRICS, ...NODE_METRICS, ...LEDGER_METRICS }
