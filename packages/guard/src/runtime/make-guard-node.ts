import { randomUUID } from 'node:crypto'
import { INTERACTIVE_FETCH_LIMIT, type ResourceId, ServiceName } from '@tidegate/protocol'
import { MeanSizes } from '../core/admission/mean-sizes.ts'
import { ResourceAdmission } from '../core/admission/resource-admission.ts'
import { CallBudgets } from '../core/call-budgets.ts'
import type { Ledger } from '../core/ledger.ts'
import { ThrottleGate } from '../core/switches/throttle-gate.ts'
import type { Resources } from '../resources.ts'
import { AnswerSigner } from './answer-signer.ts'
import { checkedDivision } from './division-options.ts'
import { fleetMember } from './fleet-member.ts'
import { GroupWriter } from './group-writer.ts'
import { LOG_EVENTS } from './guard-log.ts'
import type { GuardNode } from './guard-node.ts'
import type { GuardOptions } from './guard-options.ts'
import { ledgerThrough } from './ledger-through.ts'
import { standardLog } from './log-lines.ts'
import { loggerOf } from './logger.ts'
import { NodeCounters } from './node-counters.ts'
import { NodeMemory } from './node-memory.ts'
import { realClock } from './real-clock.ts'
import { ResourcePaces } from './resource-paces.ts'
import { ResourceRates } from './resource-rates.ts'
import { checkedSettings } from './settings.ts'
import { sharedClock } from './shared-clock.ts'
import { SightingBook } from './sighting-book.ts'
import { type GuardTelemetry, NO_TELEMETRY } from './telemetry.ts'
import { tellNewEpoch } from './tell-new-epoch.ts'

/** Reports of one transaction, at most. */
const MAX_REPORT_GROUP = 500

/** Puts a node together. It knows nothing of its ledger yet. @throws RangeError for settings or resources out of their range */
export function makeGuardNode(options: GuardOptions): { node: GuardNode; readClock: () => Promise<void> } {
  const { source, clock = realClock, telemetry = NO_TELEMETRY } = options
  const ledger = observedLedger(options.ledger, telemetry)
  const settings = checkedSettings(options.settings ?? {})
  const { operationCosts, ...division } = checkedDivision(options)
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
    (resource) =>
      new ResourceAdmission(resource, { ...division, maxShare: settings.maxShareOfResource }, clock.nowMs()),
  )
  const paces = options.adaptive
    ? new ResourcePaces(options.adaptive, { admissions, levels: division.levels.map(({ name }) => name), clock })
    : null
  const newId = options.newId ?? randomUUID
  const fleet = fleetMember(options, { admissions, clock, newId, log })
  const rates = new ResourceRates(paces, fleet.sharesNow)
  const byResource = new Map(admissions.map((admission) => [admission.resourceId, admission]))
  const admissionAt = (resourceId: ResourceId) => {
    const admission = byResource.get(resourceId)
    if (admission) {
      rates.apply(admission, clock.nowMs())
      return admission
    }
    throw new RangeError(`Cannot admit: the resource ${resourceId} is not one of resources`)
  }
  const node: GuardNode = {
    ledger,
    source,
    settings,
    clock,
    wallNowMs,
    newId,
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
    counters: new NodeCounters(),
    telemetry,
    sightings: new SightingBook(),
    staffBudgets: new CallBudgets({
      callsPerSecond: settings.staffCallsPerSecond,
      burstCount: settings.staffCallBurst,
    }),
    reports: new GroupWriter((group) => ledger.recordReports(group, wallNowMs()), MAX_REPORT_GROUP),
    begun,
    admissions,
    rates,
    paces,
    join: fleet.join,
    leave: fleet.leave,
    admissionOf: (accountId) => admissionAt(options.resources.resourceOf(accountId)),
    admissionAt,
    operationCosts,
    meanSizes: new MeanSizes(settings.interactivePageBytes / INTERACTIVE_FETCH_LIMIT),
    throttleGate: new ThrottleGate(),
    service: checkedService(options.service),
    isDisabled: false,
  }
  return { node, readClock }
}

function checkedService(service: string | undefined): ServiceName | null {
  if (service === undefined) return null
  const read = ServiceName.safeParse(service)
  if (read.success) return read.data
  throw new RangeError(
    `Cannot make a guard: service must be a lower-case word of at most 32 characters, got ${service}`,
  )
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

/** A node that listens does so until it ends: that takes no time to speak of. */
function observedLedger(ledger: Ledger, telemetry: GuardTelemetry): Ledger {
  if (telemetry === NO_TELEMETRY) return ledger
  return ledgerThrough(ledger, (operation, call, entryCount) =>
    operation === 'listen'
      ? call()
      : telemetry.during({ kind: 'ledger', operation, entryCount: entryCount ?? null }, call),
  )
}
