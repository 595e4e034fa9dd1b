import { AccountId, ClientIdentity, LeaseId } from '@tidegate/protocol'
import type { Lease } from '../lease.ts'
import type { ResyncLeases } from '../resync-leases.ts'

const STEP_MS = 10
/** When clients of ours renew: half a term before the end. */
const RENEW_BEFORE_MS = 4_000

/** A piece of work: one client that arrives, asks, waits when told to, draws at its pace, and ends. */
export interface Job {
  readonly accountId: string
  readonly clientId: string
  readonly arrivesAtMs: number
  readonly wantBytes: number
  /** In [0, 1). */
  readonly place: number
}

export interface DoneJob extends Job {
  readonly askCount: number
  /** From its arrival until its first page. */
  readonly waitMs: number
  readonly endedAtMs: number
}

export interface Drawn {
  readonly atMs: number
  readonly bytes: number
  readonly accountId: string
}

interface Running {
  readonly job: Job
  leftBytes: number
  askCount: number
  waitMs: number | null
  lease: Lease | null
}

/**
 * Plays what honest clients do to a resource, in steps of 10 ms.
 *
 * @param options.eachStep what else happens at the resource, such as people
 * @param options.untilMs stops then; jobs that are not done are left out
 */
export function playJobs(
  leases: ResyncLeases,
  jobs: readonly Job[],
  options: { readonly untilMs: number; readonly eachStep?: (nowMs: number) => void },
): { readonly done: readonly DoneJob[]; readonly drawn: readonly Drawn[] } {
  const calendar = new Map<number, Running[]>()
  const at = (running: Running, ms: number) => {
    const slot = Math.ceil(ms / STEP_MS)
    const known = calendar.get(slot)
    if (known) known.push(running)
    else calendar.set(slot, [running])
  }
  for (const job of jobs) {
    at({ job, leftBytes: job.wantBytes, askCount: 0, waitMs: null, lease: null }, job.arrivesAtMs)
  }
  const done: DoneJob[] = []
  const drawn: Drawn[] = []
  for (let slot = 0; slot * STEP_MS <= options.untilMs && done.length < jobs.length; slot++) {
    const nowMs = slot * STEP_MS
    options.eachStep?.(nowMs)
    const due = calendar.get(slot) ?? []
    calendar.delete(slot)
    for (const running of due) {
      const { job } = running
      const next = step(leases, running, nowMs)
      if (next.bytes > 0) drawn.push({ atMs: nowMs, bytes: next.bytes, accountId: job.accountId })
      if (next.inMs !== null) at(running, nowMs + Math.max(STEP_MS, next.inMs))
      else done.push({ ...job, askCount: running.askCount, waitMs: running.waitMs ?? 0, endedAtMs: nowMs })
    }
  }
  return { done, drawn }
}

/** @returns what was drawn, and when the client does something again; null when it is done */
function step(leases: ResyncLeases, running: Running, nowMs: number): { bytes: number; inMs: number | null } {
  const { job } = running
  const answer = running.lease ?? ask(leases, running, nowMs)
  if (typeof answer === 'number') return { bytes: 0, inMs: answer }
  running.lease = answer
  const lease = answer
  if (lease.endsAtMs - nowMs < RENEW_BEFORE_MS) leases.renew(lease, running.leftBytes, nowMs)
  const page = leases.beginPage(lease, nowMs)
  if (page.kind === 'refused') {
    if (page.denial.kind === 'no-capacity') return { bytes: 0, inMs: page.denial.retryAfterMs }
    leases.renew(lease, running.leftBytes, nowMs)
    return { bytes: 0, inMs: 0 }
  }
  const bytes = Math.min(page.value.pageBytes, running.leftBytes)
  leases.endPage(page.value, bytes, nowMs)
  running.leftBytes -= bytes
  running.waitMs ??= nowMs - job.arrivesAtMs
  if (running.leftBytes > 0) return { bytes, inMs: (bytes / lease.bytesPerSecond) * 1000 }
  leases.end(lease, nowMs)
  return { bytes, inMs: null }
}

/** @returns the lease, or the milliseconds until it may ask again */
function ask(leases: ResyncLeases, running: Running, nowMs: number): Lease | number {
  const { accountId, clientId, wantBytes, place } = running.job
  running.askCount += 1
  const leaseId = LeaseId.parse(`lease-of-${clientId}`)
  const client = ClientIdentity.parse({ clientId, clientClass: 'web', appVersion: '1.0' })
  const purpose = { kind: 'first-load' as const }
  const answer = leases.request(
    { leaseId, accountId: AccountId.parse(accountId), client, purpose, wantBytes, place },
    nowMs,
  )
  if (answer.kind === 'refused') {
    if (answer.denial.kind === 'no-capacity') return answer.denial.retryAfterMs
    throw new Error(`refused: ${answer.denial.kind}`)
  }
  const lease = leases.find(leaseId, accountId, nowMs)
  if (!lease) throw new Error('granted, and not there')
  return lease
}
