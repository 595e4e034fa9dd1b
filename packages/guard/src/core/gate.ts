import type { Gate, GateOutcome } from '@tidegate/protocol'
import { countOf, percentText } from './figures.ts'
import type { StorageReading } from './storage-reading.ts'

/** What reports and probes say about a stage. */
export interface StageEvidence {
  /** When the figures were read. */
  readonly readAtMs: number
  /**
   * Distinct accounts that the stage has let out and whose clients came to a result since it began: `consistent`,
   * `resynced`, `stuck` or `failed`. One that `declined` or was `stopped` came to none.
   */
  readonly endedCount: number
  /** Those of them with a client that was `stuck` or `failed`. */
  readonly failedCount: number
  /** Those of them whose clients were all equal already. */
  readonly nothingToFetchCount: number
  /** Accounts where somebody declined and no client came to a result. */
  readonly declinedCount: number
  /** One for each resource of the audience; empty where the gate does not ask. */
  readonly storage: readonly StorageReading[]
}

/** What a gate says, and why in a sentence. */
export interface GateFinding {
  readonly outcome: GateOutcome
  readonly because: string
}

/** Older figures say how a resource was, not how it is: monitoring is read every 10 to 30 seconds. */
const OLDEST_STORAGE_MS = 60_000
/** Two machines' clocks. */
const CLOCK_SKEW_MS = 5_000

/**
 * Whether a stage may be followed by the next. Unknown never advances (G6): no figures, figures from before the bake time
 * was over, figures that cannot be, too few reports, and probes that are silent or stale are `inconclusive`. What passes a
 * bound is `stop`, whatever else is unknown.
 */
export function judgeGate(
  gate: Gate,
  evidence: StageEvidence | null,
  stage: { readonly startedAtMs: number; readonly bakedAtMs: number },
): GateFinding {
  if (evidence === null || !(evidence.readAtMs >= stage.bakedAtMs)) {
    return { outcome: 'inconclusive', because: 'There are no figures from after the bake time.' }
  }
  const { endedCount, failedCount, nothingToFetchCount, declinedCount } = evidence
  const counts = [endedCount, failedCount, nothingToFetchCount, declinedCount]
  if (!counts.every(isCount) || failedCount + nothingToFetchCount > endedCount) {
    return { outcome: 'inconclusive', because: 'The figures of the reports contradict each other.' }
  }
  const least = Math.max(1, gate.minReportCount)
  const shares = [
    shareOf(failedCount, endedCount, { least, most: gate.maxFailureRatio, what: 'were stuck or failed' }),
    shareOf(nothingToFetchCount, endedCount, {
      least,
      most: gate.maxNothingToFetchRatio,
      what: 'found nothing to fetch, so the reset may be spurious',
    }),
    shareOf(declinedCount, endedCount + declinedCount, { least, most: gate.maxDeclineRatio, what: 'declined' }),
  ]
  const findings = [...shares, ...storageFindings(gate, evidence, stage.startedAtMs)].filter((each) => each !== null)
  const enough: GateFinding = {
    outcome: 'inconclusive',
    because: `${countOf(endedCount, 'account')} ended, the gate asks for ${least}.`,
  }
  return (
    findings.find(({ outcome }) => outcome === 'stop') ??
    (endedCount < least ? enough : undefined) ??
    findings[0] ?? {
      outcome: 'go',
      because: `${countOf(endedCount, 'account')} ended, ${failedCount} of them stuck or failed; no bound was passed.`,
    }
  )
}

function shareOf(
  count: number,
  total: number,
  { least, most, what }: { least: number; most: number | undefined; what: string },
): GateFinding | null {
  // Above the bound even if every report still missing were a good one: no need to wait for them.
  if (most === undefined || count <= most * Math.max(total, least)) return null
  return {
    outcome: 'stop',
    because: `${count} of ${countOf(total, 'account')} ${what}; the gate allows ${percentText(most)}.`,
  }
}

function storageFindings(gate: Gate, { storage, readAtMs }: StageEvidence, startedAtMs: number): GateFinding[] {
  if (!asksForStorage(gate)) return []
  if (storage.length === 0) return [{ outcome: 'inconclusive', because: 'No resource was asked how it is doing.' }]
  const { maxLatencyMs = Number.POSITIVE_INFINITY, maxErrorRatio = 1 } = gate
  return storage.flatMap((reading): GateFinding[] => {
    const { resourceId } = reading
    const unknown = (because: string): GateFinding[] => [{ outcome: 'inconclusive', because: because.slice(0, 500) }]
    const stop = (because: string): GateFinding[] => [{ outcome: 'stop', because }]
    if (reading.kind === 'unknown') return unknown(`Nobody knows how ${resourceId} is doing: ${reading.because}.`)
    const { latencyMs, errorRatio } = reading
    if (!(latencyMs >= 0 && Number.isFinite(latencyMs) && errorRatio >= 0 && errorRatio <= 1)) {
      return unknown(`What was read of ${resourceId} is no latency and error ratio.`)
    }
    const ageMs = readAtMs - reading.readAtMs
    if (!(ageMs <= OLDEST_STORAGE_MS && ageMs >= -CLOCK_SKEW_MS && reading.readAtMs >= startedAtMs)) {
      return unknown(`The figures of ${resourceId} are stale.`)
    }
    if (latencyMs > maxLatencyMs) {
      return stop(`${resourceId} answers in ${Math.round(latencyMs)} ms; the gate allows ${maxLatencyMs} ms.`)
    }
    if (errorRatio > maxErrorRatio) {
      return stop(
        `${percentText(errorRatio)} of the requests to ${resourceId} fail; the gate allows ${percentText(maxErrorRatio)}.`,
      )
    }
    return []
  })
}

export function asksForStorage(gate: Gate): boolean {
  return gate.maxLatencyMs !== undefined || gate.maxErrorRatio !== undefined
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}
