import { type ConsentBudget, type ConsentChoice, type ConsentQuestion, isWithinBudget } from '../core/consent.ts'
import type { NetworkStatus } from '../edge/network-status.ts'

/** Asks a person. The signal aborts when there is nothing to ask about any more: close the dialog. */
export type ConsentHandler = (question: ConsentQuestion, signal: AbortSignal) => Promise<ConsentChoice>

export interface Consent {
  readonly choice: ConsentChoice
  /** A person said so; otherwise the budget covered it, on the network there was just then. */
  readonly isPersons: boolean
}

/**
 * Whether the bytes may be drawn: by itself within the budget of the network there is, or there comes to be; else as the
 * person says. Without a handler it waits, and never assumes.
 */
export async function askConsent(
  question: ConsentQuestion,
  options: {
    readonly budget: ConsentBudget
    readonly network: NetworkStatus
    readonly handler: ConsentHandler | undefined
    readonly signal: AbortSignal
  },
): Promise<Consent> {
  const { budget, network, handler, signal } = options
  const isFree = () => isWithinBudget(budget, network.cost(), question.bytes)
  const closing = new AbortController()
  const giveUp = () => closing.abort(signal.reason)
  signal.addEventListener('abort', giveUp, { once: true })
  try {
    const automatic: Consent = { choice: 'now', isPersons: false }
    if (isFree()) return automatic
    const becameFree = networkTurns(isFree, network, closing.signal).then(() => automatic)
    if (handler === undefined) return await becameFree
    const asked = handler(question, closing.signal).then((choice): Consent => ({ choice, isPersons: true }))
    return await Promise.race([becameFree, asked])
  } finally {
    signal.removeEventListener('abort', giveUp)
    closing.abort()
  }
}

/** Resolves once `isSo`; rejects when the signal aborts. */
export function networkTurns(isSo: () => boolean, network: NetworkStatus, signal: AbortSignal): Promise<void> {
  const turned = new Promise<void>((resolve, reject) => {
    const look = () => {
      if (!isSo()) return
      stop()
      resolve()
    }
    const stop = network.subscribe(look)
    const giveUp = () => {
      stop()
      reject(signal.reason)
    }
    signal.addEventListener('abort', giveUp, { once: true })
    look()
  })
  // Whoever raced it against something else does not hear of its end.
  turned.catch(() => {})
  return turned
}
