import type { Clock } from '@tidegate/protocol'
import type { ResourceAdmission } from '../core/admission/resource-admission.ts'
import type { ShareFigures } from '../core/shares/share-figures.ts'
import type { GuardOptions } from './guard-options.ts'
import type { NodeLog } from './logger.ts'
import { type RunningShares, runShares } from './run-shares.ts'
import { shareNodeOf } from './share-options.ts'

/** A node as one of those that share the resources, or alone. */
export interface FleetMember {
  readonly sharesNow: () => RunningShares | null | 'alone'
  /** Asks for its part, from now on. */
  readonly join: () => void
  readonly leave: () => Promise<void>
}

const ALONE: FleetMember = { sharesNow: () => 'alone', join: () => undefined, leave: async () => undefined }

/** @throws RangeError for a slot, capacities or a safe ratio out of their range */
export function fleetMember(
  { fleet, resources: { resources } }: Pick<GuardOptions, 'fleet' | 'resources'>,
  of: {
    readonly admissions: readonly ResourceAdmission[]
    readonly clock: Clock
    readonly newId: () => string
    readonly log: NodeLog
  },
): FleetMember {
  if (!fleet) return ALONE
  const { admissions, clock, newId, log } = of
  const options = {
    ...fleet,
    clock,
    newId,
    resources,
    demandOf(resourceId: string) {
      const admission = admissions.find((each) => each.resourceId === resourceId)
      return admission?.demandUnitsPerSecond(clock.nowMs()) ?? 0
    },
    onChange: (figures: ShareFigures, error?: unknown) => tell(log, figures, error),
  }
  // A wrong option is told now, not at the start.
  shareNodeOf(options)
  let shares: RunningShares | null = null
  return {
    sharesNow: () => shares,
    join() {
      shares ??= runShares(options)
    },
    leave: async () => shares?.stop(),
  }
}

function tell(log: NodeLog, { kind, because, failedAskCount }: ShareFigures, error: unknown): void {
  const isShort = kind === 'no-slot' || kind === 'store-lost'
  const fields = { kind, because, failedAskCount }
  log(isShort ? 'share.lost' : 'share.changed', error === undefined ? { fields } : { fields, error })
}
