import { ReleasePlan } from '@tidegate/protocol'
import type { ResourceLoad } from './cause-view.ts'
import { formatDuration, parseDuration } from './durations.ts'

/** A release plan as it stands in the form: what a person typed, in human units. */
export interface PlanDraft {
  readonly verifyWindow: string
  readonly window: string
  readonly stages: readonly StageDraft[]
  readonly bounds: BoundsDraft
  /** Whether a gate that says stop revokes, instead of pausing. */
  readonly isRevokedOnStop: boolean
}

/** What every gate may ask besides failures; an empty field is not asked. */
export interface BoundsDraft {
  readonly declinePercent: string
  readonly nothingToFetchPercent: string
  readonly latency: string
  readonly errorPercent: string
}

const NO_BOUNDS: BoundsDraft = { declinePercent: '', nothingToFetchPercent: '', latency: '', errorPercent: '' }

export interface StageDraft {
  /** Tells rows apart while they are edited; not part of the plan. */
  readonly stageKey: number
  readonly sharePercent: string
  readonly bake: string
  readonly minReports: string
  readonly maxFailurePercent: string
}

/** Which field is wrong and why: `verifyWindow`, `window`, `stages`, or `stages.0.bake`. */
export type PlanErrors = Readonly<Record<string, string>>

export type PlanReading =
  | { readonly kind: 'plan'; readonly plan: ReleasePlan }
  | { readonly kind: 'errors'; readonly errors: PlanErrors }

/** Shares that let a mistake show at a hundredth, then a tenth, then half of its cost. */
export const DEFAULT_SHARES = [0.01, 0.1, 0.5, 1] as const

/** A stage's resyncs may take half of a resource, so that ordinary traffic keeps the other half. */
const CAPACITY_SHARE = 0.5
const SHORTEST_WINDOW_MS = 5 * 60_000
const VERIFY_WINDOW_MS = 60_000

/**
 * A plan that suits the cause: 1 %, 10 %, 50 %, 100 %; a window in which the largest stage draws at most half of the
 * busiest resource, at least 5 minutes; a bake as long as the window, so that every client of the stage has had its turn;
 * gates that want reports from a tenth of the stage's accounts and at most 2 % of failures.
 */
export function defaultPlan(
  loads: readonly ResourceLoad[],
  capacityOf: (resourceId: string) => number | undefined,
): PlanDraft {
  const accountCount = loads.reduce((sum, load) => sum + load.accountCount, 0)
  const windowMs = Math.max(SHORTEST_WINDOW_MS, ...loads.map((load) => drawMs(load, capacityOf(load.resourceId))))
  // As it will be shown, in its two largest units: cut off, it would be too short for the work (TG021).
  const shownMs = windowMs > 86_400_000 ? 3_600_000 : 60_000
  const window = formatDuration(Math.ceil(windowMs / shownMs) * shownMs)
  return {
    verifyWindow: formatDuration(VERIFY_WINDOW_MS),
    window,
    stages: DEFAULT_SHARES.map((share, at) => ({
      stageKey: at,
      sharePercent: String(share * 100),
      bake: window,
      minReports: String(Math.max(1, Math.ceil((accountCount * (share - (DEFAULT_SHARES[at - 1] ?? 0))) / 10))),
      maxFailurePercent: '2',
    })),
    bounds: NO_BOUNDS,
    isRevokedOnStop: false,
  }
}

function drawMs(load: ResourceLoad, capacityBytesPerSecond: number | undefined): number {
  if (capacityBytesPerSecond === undefined || capacityBytesPerSecond <= 0) return 0
  const largestStep = Math.max(...DEFAULT_SHARES.map((share, at) => share - (DEFAULT_SHARES[at - 1] ?? 0)))
  return (load.payloadBytes * largestStep * 1000) / (capacityBytesPerSecond * CAPACITY_SHARE)
}

/** @returns the plan when the protocol's schema takes it, otherwise what is wrong with which field */
export function readPlan(draft: PlanDraft): PlanReading {
  const errors: Record<string, string> = {}
  const durationMs = (field: string, text: string) => {
    const ms = parseDuration(text)
    if (ms === null) errors[field] = 'Write a length of time, as in 90 s, 15 min or 2 h'
    return ms ?? 0
  }
  const number = (field: string, text: string, scale: number) => {
    const value = /^\s*\d+(\.\d+)?\s*%?\s*$/.test(text) ? Number.parseFloat(text) : Number.NaN
    if (Number.isNaN(value)) errors[field] = 'Write a number'
    return value / scale
  }
  const bound = (name: keyof BoundsDraft, key: string, read: (field: string, text: string) => number) =>
    draft.bounds[name].trim() === '' ? {} : { [key]: read(`bounds.${name}`, draft.bounds[name]) }
  const ratio = (field: string, text: string) => {
    const value = number(field, text, 100)
    if (value > 1) errors[field] = 'Between 0% and 100%'
    return value
  }
  const bounds = {
    ...bound('declinePercent', 'maxDeclineRatio', ratio),
    ...bound('nothingToFetchPercent', 'maxNothingToFetchRatio', ratio),
    ...bound('latency', 'maxLatencyMs', durationMs),
    ...bound('errorPercent', 'maxErrorRatio', ratio),
  }
  const candidate = {
    verifyWindowMs: durationMs('verifyWindow', draft.verifyWindow),
    windowMs: durationMs('window', draft.window),
    stages: draft.stages.map((stage, at) => ({
      share: number(`stages.${at}.sharePercent`, stage.sharePercent, 100),
      bakeMs: durationMs(`stages.${at}.bake`, stage.bake),
      gate: {
        minReportCount: number(`stages.${at}.minReports`, stage.minReports, 1),
        maxFailureRatio: number(`stages.${at}.maxFailurePercent`, stage.maxFailurePercent, 100),
        ...bounds,
      },
    })),
    ...(draft.isRevokedOnStop && { onStop: 'revoke' }),
  }
  if (Object.keys(errors).length > 0) return { kind: 'errors', errors }
  const read = ReleasePlan.safeParse(candidate)
  if (read.success) return { kind: 'plan', plan: read.data }
  for (const issue of read.error.issues) errors[fieldOf(issue.path)] ??= sentenceOf(issue.path, issue.message)
  return { kind: 'errors', errors }
}

const FIELDS: Readonly<Record<string, string>> = {
  verifyWindowMs: 'verifyWindow',
  windowMs: 'window',
  share: 'sharePercent',
  bakeMs: 'bake',
  minReportCount: 'minReports',
  maxFailureRatio: 'maxFailurePercent',
}

function fieldOf(path: readonly PropertyKey[]): string {
  return path
    .filter((part) => part !== 'gate')
    .map((part) => FIELDS[String(part)] ?? String(part))
    .join('.')
}

function sentenceOf(path: readonly PropertyKey[], message: string): string {
  switch (path.at(-1)) {
    case 'share':
      return 'A share is above 0% and at most 100%'
    case 'minReportCount':
      return 'At least 1 report: no data is never a yes'
    case 'maxFailureRatio':
      return 'Between 0% and 100%'
    case 'windowMs':
    case 'verifyWindowMs':
    case 'bakeMs':
      return 'At most 400 days'
    default:
      return `${message.charAt(0).toUpperCase()}${message.slice(1)}`
  }
}

/** @returns the draft with a stage more, halfway between the last two, before the one that takes everybody in */
export function withStageAdded(draft: PlanDraft): PlanDraft {
  const last = draft.stages.at(-1)
  if (last === undefined) return draft
  const before = draft.stages.at(-2)
  const from = Number.parseFloat(before?.sharePercent ?? '0') || 0
  const to = Number.parseFloat(last.sharePercent) || 100
  const added = {
    ...(before ?? last),
    stageKey: Math.max(...draft.stages.map((stage) => stage.stageKey)) + 1,
    sharePercent: String(Math.round(((from + to) / 2) * 10) / 10),
  }
  return { ...draft, stages: [...draft.stages.slice(0, -1), added, last] }
}

/** @returns the draft without that stage; a plan keeps at least one */
export function withoutStage(draft: PlanDraft, stageKey: number): PlanDraft {
  if (draft.stages.length <= 1) return draft
  return { ...draft, stages: draft.stages.filter((stage) => stage.stageKey !== stageKey) }
}

/** How long the whole release takes at least, when every gate says go, in milliseconds. The last stage needs its window only. */
export function shortestReleaseMs(plan: ReleasePlan): number {
  const bakes = plan.stages.slice(0, -1).reduce((sum, stage) => sum + stage.bakeMs, 0)
  return bakes + plan.windowMs
}

/** The largest share of a resource that a stage of this plan would draw on average, 0 and up; null without a known capacity. */
export function peakCapacityShare(
  plan: ReleasePlan,
  loads: readonly ResourceLoad[],
  capacityOf: (resourceId: string) => number | undefined,
): { readonly resourceId: string; readonly share: number } | null {
  const largestStep = Math.max(...plan.stages.map((stage, at) => stage.share - (plan.stages[at - 1]?.share ?? 0)))
  let peak: { resourceId: string; share: number } | null = null
  for (const load of loads) {
    const capacity = capacityOf(load.resourceId)
    if (capacity === undefined || capacity <= 0) continue
    const share = (load.payloadBytes * largestStep * 1000) / (Math.max(1, plan.windowMs) * capacity)
    if (peak === null || share > peak.share) peak = { resourceId: load.resourceId, share }
  }
  return peak
}
