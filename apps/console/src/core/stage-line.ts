import type { GateOutcome, ResyncOutcome, SignalStatus } from '@tidegate/protocol'
import { formatDuration } from './durations.ts'
import { formatCounted, formatShare } from './figures.ts'

/** @returns where a release stands, as one sentence: which stage, how long it has been going, what comes next */
export function describeStage(signal: SignalStatus): string {
  const { release } = signal
  if (release === null) return 'In force by name, within the credit of its cause; no release plan is needed.'
  const { plan, stageIndex } = release
  const stage = plan.stages[stageIndex]
  const place = `Stage ${stageIndex + 1} of ${plan.stages.length}, ${formatShare(release.stageShare)} of the audience`
  if (signal.state === 'paused') return `${place}. Paused: ${pausedBecause(release)}`
  const isLast = stageIndex >= plan.stages.length - 1
  if (isLast) return `${place}, for ${formatDuration(release.stageStartedAgoMs)}. Everybody is in.`
  const bakeLeftMs = (stage?.bakeMs ?? 0) - release.stageStartedAgoMs
  const next = bakeLeftMs > 0 ? `its gate is judged in ${formatDuration(bakeLeftMs)}` : 'its gate is being judged'
  return `${place}, for ${formatDuration(release.stageStartedAgoMs)}; ${next}.`
}

function pausedBecause({ gateOutcome, gateBecause }: NonNullable<SignalStatus['release']>): string {
  const { told, next } = PAUSED[gateOutcome ?? 'inconclusive']
  return [gateBecause ?? told, next].join(' ').trim()
}

/** What is said where the guard did not write down why, and what to do. */
const PAUSED = {
  go: { told: 'the gate said go, and the next stage has not begun.', next: '' },
  stop: { told: 'too many clients failed or got stuck.', next: 'Look before you advance or revoke.' },
  inconclusive: { told: 'too few clients have reported to tell.', next: 'Wait, advance, or revoke.' },
} as const satisfies Record<GateOutcome, { told: string; next: string }>

/** What each outcome means in the console's words, in the order it is listed. */
export const OUTCOMES = [
  { outcome: 'begun', label: 'began to fetch', tone: 'quiet' },
  { outcome: 'consistent', label: 'equal, nothing fetched', tone: 'good' },
  { outcome: 'resynced', label: 'fetched and proven', tone: 'good' },
  { outcome: 'declined', label: 'declined', tone: 'quiet' },
  { outcome: 'stopped', label: 'stopped under way', tone: 'quiet' },
  { outcome: 'stuck', label: 'stuck', tone: 'bad' },
  { outcome: 'failed', label: 'failed', tone: 'bad' },
] as const satisfies readonly { outcome: ResyncOutcome; label: string; tone: 'good' | 'bad' | 'quiet' }[]

/** @returns how many of a signal's audience the revoke would still keep from beginning, and who is under way, as far as reports tell */
export function whatRevokeWouldDo(
  signals: readonly SignalStatus[],
  fetchingCount: number,
): { readonly underWay: string; readonly spared: string; readonly done: string } {
  const sum = (of: (signal: SignalStatus) => number) => signals.reduce((total, signal) => total + of(signal), 0)
  const doneCount = sum((signal) => (signal.reports.consistent ?? 0) + (signal.reports.resynced ?? 0))
  const outsideCount = sum((signal) => Math.max(0, signal.audienceAccountCount - signal.inForceAccountCount))
  return {
    underWay:
      fetchingCount === 0
        ? 'No client is fetching right now.'
        : `${formatCounted(fetchingCount, 'client')} fetching right now ${fetchingCount === 1 ? 'stops' : 'stop'} at the next page; ${fetchingCount === 1 ? 'its cache stays' : 'their caches stay'} consistent and readable.`,
    spared: `${formatCounted(outsideCount, 'account')} outside the released part will never see it, and nobody who has not begun will begin.`,
    done:
      doneCount === 0
        ? 'No client has reported that it finished.'
        : `${formatCounted(doneCount, 'client')} already finished; nothing is undone there.`,
  }
}
