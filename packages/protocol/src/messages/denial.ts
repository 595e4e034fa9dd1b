import { z } from 'zod'
import { SignalId } from '../ids.ts'
import { Count, DurationMs } from '../quantities.ts'
import { ServiceName } from './operator/switches.ts'
import { Role } from './role.ts'
import { Finding } from './verdict.ts'

/**
 * Why the guard said no, and what to do about it: `error.data.tidegate` of a tRPC error, the JSON body elsewhere.
 * `retryAfterMs` is a turn, not a guess: whoever waits that long need not add jitter.
 */
export const Denial = z.discriminatedUnion('kind', [
  /** The client's not-before is still ahead. */
  z.object({ kind: z.literal('not-your-turn'), retryAfterMs: DurationMs }),
  /** The resource has no share left for resyncs right now. */
  z.object({ kind: z.literal('no-capacity'), retryAfterMs: DurationMs }),
  /** A page was asked for without a lease, or an interactive fetch was too large. */
  z.object({ kind: z.literal('lease-required'), message: z.string() }),
  /** The lease ended, was spent, or is another client's. Ask for a new one. */
  z.object({ kind: z.literal('lease-ended') }),
  /** Revoked, superseded, expired, or never for this client. Stop, keep the cache. */
  z.object({ kind: z.literal('not-in-force'), signalId: SignalId }),
  /** The guard was switched to observe or off for resyncs. Keep the cache, ask later. */
  z.object({ kind: z.literal('switched-off'), retryAfterMs: DurationMs }),
  /** Operators took the service off. Keep the cache, ask later; `message` is theirs, for people. */
  z.object({ kind: z.literal('shed'), service: ServiceName, retryAfterMs: DurationMs, message: z.string() }),
  /** The guard cannot reach its ledger. Keep the cache, ask later. */
  z.object({ kind: z.literal('unavailable'), retryAfterMs: DurationMs }),
  /** A person or service made too many calls. Nothing happened; the same call may be made again after the delay. */
  z.object({ kind: z.literal('rate-limited'), retryAfterMs: DurationMs }),
  z.object({ kind: z.literal('not-identified') }),
  /** The role is missing, or somebody else has to do it: `message` then says why. */
  z.object({ kind: z.literal('forbidden'), needsRole: Role, message: z.string().optional() }),
  /** The request names another account than the host app's login. */
  z.object({ kind: z.literal('wrong-account') }),
  z.object({ kind: z.literal('protocol-too-old'), floor: z.int() }),
  z.object({ kind: z.literal('protocol-too-new'), newest: z.int() }),
  z.object({ kind: z.literal('not-found'), what: z.string() }),
  /** The request contradicts what is already so, as in approving what was revoked. */
  z.object({ kind: z.literal('conflict'), message: z.string() }),
  /** What was asked for is not longer than it is: an expiry, from now on, or a window. */
  z.object({
    kind: z.literal('not-longer'),
    what: z.enum(['expiry', 'window']),
    signalId: SignalId,
    isMs: DurationMs,
    askedMs: DurationMs,
    message: z.string(),
  }),
  /** A signal is not for all that the one it would supersede is for: clients would lose a reset that they need. */
  z.object({
    kind: z.literal('not-covered'),
    /** The one that would be superseded, the first of them. */
    signalId: SignalId,
    missing: z.array(z.enum(['action', 'scope', 'filter', 'expiry', 'accounts'])).min(1),
    /** Accounts named by what would be superseded, and by nothing that covers it; 0 unless `accounts` are missing and can be counted. */
    missingAccountCount: Count,
    message: z.string(),
  }),
  /** The request cannot be read, or a rule forbids it: `finding` then says which, and the way out. */
  z.object({ kind: z.literal('invalid'), message: z.string(), finding: Finding.optional() }),
])
export type Denial = z.infer<typeof Denial>
export type DenialKind = Denial['kind']

/** What a caller does after a denial: `wait` for its delay, `renew` its lease, `stop`, or `give-up` until something changes. */
export type AfterDenial = 'wait' | 'renew' | 'stop' | 'give-up'

/** One row per kind: the tRPC code, the HTTP status it stands for, and what a caller does next. */
export const DENIALS = {
  'not-your-turn': { trpcCode: 'TOO_MANY_REQUESTS', httpStatus: 429, next: 'wait' },
  'no-capacity': { trpcCode: 'TOO_MANY_REQUESTS', httpStatus: 429, next: 'wait' },
  'lease-required': { trpcCode: 'PRECONDITION_FAILED', httpStatus: 412, next: 'renew' },
  'lease-ended': { trpcCode: 'PRECONDITION_FAILED', httpStatus: 412, next: 'renew' },
  'not-in-force': { trpcCode: 'CONFLICT', httpStatus: 409, next: 'stop' },
  'switched-off': { trpcCode: 'SERVICE_UNAVAILABLE', httpStatus: 503, next: 'wait' },
  shed: { trpcCode: 'SERVICE_UNAVAILABLE', httpStatus: 503, next: 'wait' },
  unavailable: { trpcCode: 'SERVICE_UNAVAILABLE', httpStatus: 503, next: 'wait' },
  'rate-limited': { trpcCode: 'TOO_MANY_REQUESTS', httpStatus: 429, next: 'wait' },
  'not-identified': { trpcCode: 'UNAUTHORIZED', httpStatus: 401, next: 'give-up' },
  forbidden: { trpcCode: 'FORBIDDEN', httpStatus: 403, next: 'give-up' },
  'wrong-account': { trpcCode: 'FORBIDDEN', httpStatus: 403, next: 'give-up' },
  'protocol-too-old': { trpcCode: 'BAD_REQUEST', httpStatus: 400, next: 'give-up' },
  'protocol-too-new': { trpcCode: 'BAD_REQUEST', httpStatus: 400, next: 'give-up' },
  'not-found': { trpcCode: 'NOT_FOUND', httpStatus: 404, next: 'give-up' },
  conflict: { trpcCode: 'CONFLICT', httpStatus: 409, next: 'give-up' },
  'not-longer': { trpcCode: 'CONFLICT', httpStatus: 409, next: 'give-up' },
  'not-covered': { trpcCode: 'CONFLICT', httpStatus: 409, next: 'give-up' },
  invalid: { trpcCode: 'BAD_REQUEST', httpStatus: 400, next: 'give-up' },
} as const satisfies Record<DenialKind, { trpcCode: string; httpStatus: number; next: AfterDenial }>

/** Thrown by a `GuardApi`, and by the client's edge when a guard answered with a denial. */
export class Denied extends Error {
  override readonly name = 'Denied'
  readonly denial: Denial

  constructor(denial: Denial, options?: ErrorOptions) {
    super(describeDenial(denial), options)
    this.denial = denial
  }
}

/** @returns the delay the guard asked for in milliseconds, or null when waiting does not help */
export function retryAfterMsOf(denial: Denial): number | null {
  return 'retryAfterMs' in denial ? denial.retryAfterMs : null
}

/** @returns the denial as a sentence for people */
export function describeDenial(denial: Denial): string {
  switch (denial.kind) {
    case 'not-your-turn':
      return `Cannot begin yet: this client's turn comes in ${denial.retryAfterMs} ms`
    case 'no-capacity':
      return `Cannot admit this now: no capacity is left, ask again in ${denial.retryAfterMs} ms`
    case 'lease-ended':
      return "Cannot serve the page: the lease has ended, was spent, or is not this client's"
    case 'not-in-force':
      return `Cannot go on: signal ${denial.signalId} is not in force for this client`
    case 'switched-off':
      return `Cannot admit resyncs: they are switched off, ask again in ${denial.retryAfterMs} ms`
    case 'unavailable':
      return `Cannot confirm anything: the ledger is out of reach, ask again in ${denial.retryAfterMs} ms`
    case 'rate-limited':
      return `Cannot answer so many calls: the next may come in ${denial.retryAfterMs} ms`
    case 'not-identified':
      return 'Cannot answer: the request carries no login that the host app recognises'
    case 'forbidden':
      return denial.message ?? `Cannot do this: the role ${denial.needsRole} is required`
    case 'wrong-account':
      return 'Cannot answer: the request names another account than its login'
    case 'protocol-too-old':
      return `Cannot serve this protocol version: ${denial.floor} is the oldest one served`
    case 'protocol-too-new':
      return `Cannot serve this protocol version: ${denial.newest} is the newest one known here`
    case 'not-found':
      return `Cannot find ${denial.what}`
    case 'shed':
      // Operators end their sentences; whoever shows this one does so too.
      return denial.message.replace(/\.$/, '')
    case 'lease-required':
    case 'conflict':
    case 'not-longer':
    case 'not-covered':
    case 'invalid':
      return denial.message
  }
}
