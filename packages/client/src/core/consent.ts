import type { CauseKind, SignalId } from '@tidegate/protocol'

/** `tonight` waits for the small hours of the device's own time, `on-unmetered` for a network known to be free. */
export type ConsentChoice = 'now' | 'on-unmetered' | 'tonight' | 'not-now'

/** What a person is asked: the true figure, and why. */
export interface ConsentQuestion {
  /** Payload bytes that differ, as the server counts them. */
  readonly bytes: number
  readonly itemCount: number
  /** At the rate last seen; null when none was. */
  readonly estimatedMs: number | null
  readonly reason: string
  readonly cause: { readonly title: string; readonly kind: CauseKind }
  readonly signalId: SignalId
  readonly collections: readonly string[]
}

/** What the network costs. What nobody knows counts as metered. */
export type Network = 'unmetered' | 'metered' | 'unknown'

/** Bytes that one resync may draw without asking. */
export interface ConsentBudget {
  readonly unmeteredBytes: number
  readonly meteredBytes: number
}

/**
 * 5 MB on a metered or unknown network is DESIGN.md section 8's figure, about the weight of two web pages. 50 MB on a
 * network known to be free is a minute at 7 Mbit/s: nobody would thank us for a question.
 */
export const DEFAULT_CONSENT_BUDGET: ConsentBudget = { unmeteredBytes: 50_000_000, meteredBytes: 5_000_000 }

/** How much a figure may grow before it is another question. */
export const CONSENT_GROWTH = 1.25

/** @returns whether so many bytes may be drawn on this network without asking anybody */
export function isWithinBudget(budget: ConsentBudget, network: Network, bytes: number): boolean {
  return bytes <= (network === 'unmetered' ? budget.unmeteredBytes : budget.meteredBytes)
}

/** @returns whether what was agreed to covers this figure */
export function isCovered(consentedBytes: number | null, bytes: number): boolean {
  return consentedBytes !== null && bytes <= consentedBytes * CONSENT_GROWTH
}
