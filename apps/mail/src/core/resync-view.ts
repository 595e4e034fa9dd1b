import type { ConsentChoice, ConsentQuestion, Progress } from '@tidegate/client'
import { formatBytes, formatCount, formatCounted, formatWait } from './figures.ts'
import { describeResult } from './resync-result.ts'

/** What the resync panel shows, in people's words. */
export interface ResyncView {
  readonly state: Progress['state']
  readonly tone: 'calm' | 'busy' | 'asking' | 'good' | 'warn'
  /** The status line: what is going on, in a few words. */
  readonly line: string
  /** What was asked, why and by whom, now or last; null when nothing was, as in a first load. */
  readonly asked: Asked | null
  /** How much differs, of how much; null while nobody knows. */
  readonly differs: string | null
  readonly consent: ConsentView | null
  readonly progress: ProgressView | null
  /** What happens next, or how it ended. */
  readonly detail: string | null
  readonly controls: readonly Control[]
}

/** `load` begins the first load again, `retry` is `reconsider` for what got stuck, `reload` is the tab's; the others are the SDK's own. */
export type Control = 'pause' | 'resume' | 'cancel' | 'reconsider' | 'retry' | 'load' | 'reload'

export interface Asked {
  readonly title: string
  readonly by: string
  readonly signalIds: readonly string[]
  readonly reason: string | null
}

export interface ConsentView {
  /** The true figure: `12 items, 3.4 MB`. */
  readonly figure: string
  readonly howLong: string
}

export interface ProgressView {
  /** 0..1; null while the whole is not known. */
  readonly ratio: number | null
  readonly bytes: string
  readonly items: string
  readonly rate: string | null
  readonly remaining: string | null
}

/** What stands between this page and its mailbox. `cache-gone`: this tab can read and keep nothing any more until it is reloaded; `no-locks`: no tab of this browser works. */
export type Problem = 'offline' | 'no-answer' | 'signed-out' | 'cache-gone' | 'no-locks'

/** What the page knows beside the SDK's progress. */
export interface Surroundings {
  /** Mails that the cache held when the last result came. */
  readonly provenCount: number
  /** Everything this device holds, bodies included. */
  readonly held: { readonly itemCount: number; readonly bytes: number }
  /** Null when the last request went well. */
  readonly problem: Problem | null
  /** False while the first load has not come to its end. */
  readonly isLoaded: boolean
  /** Another tab holds the lock; this one only shows (C9). */
  readonly isElsewhere: boolean
  /** The question that waits in this tab; null when none does. */
  readonly question: ConsentQuestion | null
  /** What was chosen last, while it is waited for. */
  readonly deferredUntil: Extract<ConsentChoice, 'on-unmetered' | 'tonight'> | null
  /** What was asked when something was asked last, to stand beside its result. */
  readonly lastAsked: Asked | null
  /** What was applied when the difference was last worked out: figures of a plan count from there. */
  readonly doneAtPlan: Progress['done']
}

const BY = {
  migration: 'a migration of the mail service',
  build: 'a new version of the mail service',
  operator: 'the people who run the mail service',
  'client-release': 'a new version of this app',
  'first-load': 'this app, which starts empty',
} as const satisfies Record<NonNullable<Progress['cause']>['kind'], string>

const PROBLEMS = {
  offline: 'Offline; everything here stays readable',
  'no-answer': 'The server does not answer; everything here stays readable',
  'signed-out': 'Signed out; everything here stays readable',
  'cache-gone': 'Reload this tab: it has lost its storage',
  'no-locks': 'For reading only: this page needs https',
} as const satisfies Record<Problem, string>

const CACHE_GONE_DETAIL =
  'The data of this site was cleared, or a newer version of this app took over in another tab. What you write here is not kept: copy it before you reload.'

/** @returns what to show for where the SDK stands */
export function resyncView(progress: Progress, around: Surroundings): ResyncView {
  const isFirstLoad = progress.cause?.kind === 'first-load'
  return {
    state: progress.state,
    tone: toneOf(progress, around),
    line: lineOf(progress, around, isFirstLoad),
    asked: askedOf(progress) ?? (isAbout(around.lastAsked, progress) ? around.lastAsked : null),
    differs: differsOf(progress, around, isFirstLoad),
    consent: around.question && consentOf(around.question),
    progress: progressView(progress, around),
    detail: detailOf(progress, around),
    controls: around.problem !== 'cache-gone' && around.isElsewhere ? [] : controlsOf(progress, around),
  }
}

function toneOf({ state, result }: Progress, { isLoaded, problem }: Surroundings): ResyncView['tone'] {
  if (problem === 'cache-gone' || problem === 'no-locks') return 'warn'
  switch (state) {
    case 'current':
      if (problem !== null) return 'calm'
      if (!isLoaded || result?.outcome === 'failed') return 'warn'
      return result?.outcome === 'consistent' || result?.outcome === 'resynced' ? 'good' : 'calm'
    case 'asking':
      return 'asking'
    case 'stuck':
      return 'warn'
    case 'declined':
    case 'paused':
    case 'off':
      return 'calm'
    default:
      return 'busy'
  }
}

function lineOf(progress: Progress, around: Surroundings, isFirstLoad: boolean): string {
  if (around.problem === 'cache-gone' || around.problem === 'no-locks') return PROBLEMS[around.problem]
  switch (progress.state) {
    case 'current':
      if (around.problem !== null) return PROBLEMS[around.problem]
      return around.isLoaded ? 'Up to date' : 'Your mailbox is not on this device yet'
    case 'noticed':
      return around.problem === null ? 'The server has a question about this mailbox' : PROBLEMS[around.problem]
    case 'confirming':
      return 'Asking the server what to check'
    case 'comparing':
      return isFirstLoad ? 'Looking at the mailbox' : 'Comparing with the server'
    case 'catchingUp':
      return isFirstLoad ? 'Looking at the mailbox' : 'Finding out what differs'
    case 'asking':
      if (around.deferredUntil === 'tonight') return 'Will download tonight'
      if (around.deferredUntil === 'on-unmetered') return 'Will download on Wi-Fi'
      return 'May this be downloaded?'
    case 'waiting':
      return waitLine(progress)
    case 'fetching':
      return isFirstLoad ? 'Downloading your mailbox, newest first' : 'Downloading what differs'
    case 'proving':
      return 'Proving that everything is equal'
    case 'stopping':
      return 'Stopping'
    case 'paused':
      return 'Paused'
    case 'declined':
      return 'Not now, as you chose'
    case 'stuck':
      return 'Could not bring everything in order'
    case 'off':
      return 'Checking is switched off'
  }
}

function waitLine({ waitingFor, waitingMs }: Progress): string {
  const wait = waitingMs === null ? null : formatWait(waitingMs)
  switch (waitingFor) {
    case 'online':
      return 'Offline; goes on when the network is back'
    case 'capacity':
      return wait === null ? 'The server is busy' : `The server is busy; asks again in ${wait}`
    case 'retry':
      return wait === null ? 'Trying again soon' : `No answer; trying again in ${wait}`
    case 'confirmation':
      return 'Waiting for the server to confirm'
    default:
      return wait === null ? 'Waiting for your turn' : `Your turn in ${wait}`
  }
}

/** @returns what is asked now; null at rest, and for a first load, which nobody asked for but this app */
export function askedOf({ cause, signalIds, reason }: Progress): Asked | null {
  if (cause === null || cause.kind === 'first-load') return null
  return { title: cause.title, by: BY[cause.kind], signalIds, reason }
}

/** Whether what was asked last is what the last result answers. */
function isAbout(asked: Asked | null, { result }: Progress): boolean {
  return asked?.signalIds.some((signalId) => result?.signalIds.includes(signalId)) ?? false
}

function differsOf({ differs }: Progress, { held }: Surroundings, isFirstLoad: boolean): string | null {
  if (differs === null) return null
  if (differs.itemCount === 0) return 'Nothing has to be downloaded.'
  const figure = `${formatCounted(differs.itemCount, 'item')}, ${formatBytes(differs.bytes)} to download.`
  if (isFirstLoad) return figure
  return `${figure} This device holds ${formatCounted(held.itemCount, 'item')}, ${formatBytes(held.bytes)}.`
}

function consentOf({ bytes, itemCount, estimatedMs }: ConsentQuestion): ConsentView {
  return {
    figure: `${formatCounted(itemCount, 'item')}, ${formatBytes(bytes)}`,
    howLong:
      estimatedMs === null
        ? 'How long it takes shows once the server has given its pace.'
        : `That takes about ${formatWait(estimatedMs)}.`,
  }
}

function progressView(progress: Progress, { doneAtPlan }: Surroundings): ProgressView | null {
  const { state, done, differs, bytesPerSecond, remainingMs } = progress
  if (state !== 'fetching' && state !== 'proving' && state !== 'paused' && state !== 'waiting') return null
  if (done.bytes === 0 && differs === null) return null
  const total = differs && {
    itemCount: Math.max(done.itemCount, doneAtPlan.itemCount + differs.itemCount),
    bytes: Math.max(done.bytes, doneAtPlan.bytes + differs.bytes),
  }
  return {
    ratio: total === null ? null : total.bytes === 0 ? 1 : done.bytes / total.bytes,
    bytes: total === null ? formatBytes(done.bytes) : `${formatBytes(done.bytes)} of ${formatBytes(total.bytes)}`,
    items:
      total === null
        ? formatCounted(done.itemCount, 'item')
        : `${formatCount(done.itemCount)} of ${formatCounted(total.itemCount, 'item')}`,
    rate: state === 'fetching' && bytesPerSecond !== null ? `at most ${formatBytes(bytesPerSecond)}/s` : null,
    remaining: state === 'fetching' && remainingMs !== null ? `about ${formatWait(remainingMs)} left` : null,
  }
}

function detailOf(progress: Progress, around: Surroundings): string | null {
  if (around.problem === 'cache-gone') return CACHE_GONE_DETAIL
  if (around.problem === 'no-locks')
    return 'This page needs https (Web Locks) to keep one tab working at a time. Mails that this device holds stay readable; nothing is checked and nothing is downloaded.'
  if (around.isElsewhere && progress.state === 'asking')
    return 'Another tab is working; it waits for your answer there.'
  if (around.isElsewhere && progress.state !== 'current') return 'Another tab is working; this one shows how far it is.'
  switch (progress.state) {
    case 'current':
      return progress.result && describeResult(progress.result, around.provenCount)
    case 'asking':
      if (around.deferredUntil === 'tonight')
        return 'It begins in the small hours, if this app is open. You can read everything meanwhile.'
      if (around.deferredUntil === 'on-unmetered')
        return 'It begins when this device is on a network known to be free of charge.'
      return null
    case 'waiting':
      return progress.waitingFor === 'turn'
        ? 'Devices take turns, so that the servers stay quick for everybody. Your place does not change if you close this.'
        : null
    case 'stopping':
      return 'The request was taken back. What was downloaded stays; nothing was lost.'
    case 'paused':
      return 'You paused it. What was downloaded stays, and it goes on from there.'
    case 'declined':
      return 'Nothing was downloaded. Your mails stay as they are and readable.'
    case 'stuck':
      if (progress.missingIds.length === 0)
        return 'It failed or was interrupted five times without getting any further, so it stopped by itself. Your mails stay as they are and readable; the mail service was told.'
      return `${formatCounted(progress.missingIds.length, 'item')} could not be proven equal, or more. Your mails stay as they are and readable; the mail service was told.`
    case 'off':
      return 'The mail service switched it off. Your mails stay as they are and readable.'
    default:
      return null
  }
}

function controlsOf({ state }: Progress, { isLoaded, problem }: Surroundings): Control[] {
  if (problem === 'cache-gone') return ['reload']
  switch (state) {
    case 'current':
      return isLoaded ? [] : ['load']
    case 'comparing':
    case 'catchingUp':
    case 'waiting':
    case 'fetching':
    case 'proving':
      return ['pause', 'cancel']
    case 'paused':
      return ['resume', 'cancel']
    case 'declined':
      return ['reconsider']
    case 'stuck':
      return ['retry']
    default:
      return []
  }
}
