import { type AccountId, Denied, type ResourceId } from '@tidegate/protocol'
import type { OperationPermit } from '../core/admission/operations.ts'
import type { ResourceAdmission } from '../core/admission/resource-admission.ts'
import type { GuardNode } from './guard-node.ts'
import { isRefusing } from './is-refusing.ts'

/** What an operation of the host app asks of a storage. */
export interface OperationAsk {
  /** On whose behalf; fairness and the spread of retries go by it. */
  readonly accountId: AccountId
  /** The name of a level (`interactive`, `delivery`, `resync`) or of a neighbouring service. Default: the first level. */
  readonly pool?: string
  /** What it is expected to cost: payload bytes, or what else works the storage as hard; >= 0. */
  readonly units: number
  /** Default: the one that the account lives on. */
  readonly resourceId?: ResourceId
}

/** An operation that may go on. */
export interface Operation {
  /**
   * Says that it is over, once: what it drew beyond the estimate is charged, what it did not is refunded.
   *
   * @param drawnUnits >= 0; default: as estimated, also for one that failed, because the storage worked for it
   */
  end(drawnUnits?: number): void
}

/**
 * Lets an operation draw, from memory and at once, or refuses it before anything was done for it.
 *
 * @throws Denied `no-capacity` with the time at which to come back; not while the guard only looks on
 * @throws RangeError for a pool or a resource that there is none of, or units that are no number from 0
 */
export function beginOperation(node: GuardNode, ask: OperationAsk): Operation {
  const { accountId, units, resourceId } = ask
  const admission = resourceId === undefined ? node.admissionOf(accountId) : node.admissionAt(resourceId)
  const { pool = admission.firstLevel } = ask
  const outcome = admission.admit(pool, accountId, units, node.clock.nowMs())
  if (outcome.kind === 'admitted') return new AdmittedOperation(node, admission, outcome)
  if (!isRefusing(node)) return new UnheldOperation(admission, pool, units)
  throw new Denied({ kind: 'no-capacity', retryAfterMs: outcome.retryAfterMs })
}

class AdmittedOperation implements Operation {
  readonly #node: GuardNode
  readonly #admission: ResourceAdmission
  #permit: OperationPermit | null

  constructor(node: GuardNode, admission: ResourceAdmission, permit: OperationPermit) {
    this.#node = node
    this.#admission = admission
    this.#permit = permit
  }

  end(drawnUnits?: number): void {
    const permit = this.#permit
    if (permit === null) return
    this.#permit = null
    this.#admission.settle(permit, drawnUnits ?? permit.units, this.#node.clock.nowMs())
  }
}

/** Let through although there was no room for it, because the guard only looks on: it owes nothing, and is counted. */
class UnheldOperation implements Operation {
  readonly #admission: ResourceAdmission
  readonly #pool: string
  readonly #units: number
  #isOver = false

  constructor(admission: ResourceAdmission, pool: string, units: number) {
    this.#admission = admission
    this.#pool = pool
    this.#units = units
  }

  end(drawnUnits = this.#units): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#admission.noteUnheld(this.#pool, drawnUnits)
  }
}
