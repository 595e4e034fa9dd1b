import type { Approve, CauseId, DecisionAnswer, Extend, ReleasePlan, SignalId, Target } from '@tidegate/protocol'
import { CliError, EXIT_CODES } from '../cli-error.ts'
import { countOf, durationText } from '../core/figures.ts'
import { releasePlan } from '../core/release-plan.ts'
import type { Connection } from '../edge/connect.ts'
import type { Outcome } from '../outcome.ts'

/** What every decision is given: a cause as argument or one signal, and why. */
export interface DecisionFlags {
  readonly signal?: SignalId
  readonly reason: string
}

/** How the release is to go; every time is in milliseconds by now. */
export interface ReleaseFlags {
  readonly plan: readonly number[]
  readonly window: number
  readonly verifyWindow: number
  readonly bake?: number
  readonly minReports: number
  readonly maxFailures: number
  readonly maxDeclines?: number
  readonly maxNothingToFetch?: number
  readonly maxLatency?: number
  readonly maxErrors?: number
  readonly onStop?: 'pause' | 'revoke'
  /** A cause. */
  readonly supersedes?: CauseId
  readonly supersedesSignal?: SignalId
}

/** More time, in milliseconds: until the end from now on, and for the fetching of each stage. */
export interface ExtendFlags {
  readonly expires?: number
  readonly window?: number
}

/** Lets the held rest out, stage by stage. */
export async function approve(
  connection: Connection,
  causeId: CauseId | undefined,
  flags: DecisionFlags & ReleaseFlags,
): Promise<Outcome> {
  const { supersedes, supersedesSignal } = flags
  const old =
    supersedes === undefined && supersedesSignal === undefined
      ? {}
      : { supersedes: targetOf(supersedes, supersedesSignal === undefined ? {} : { signal: supersedesSignal }) }
  const decision: Approve = { target: targetOf(causeId, flags), plan: planOf(flags), ...old, reason: flags.reason }
  const answer = await connection.call((guard) => guard.approve.mutate(decision))
  return outcome('approved', decision.target, answer, old.supersedes && `; supersedes ${nameOf(old.supersedes)}`)
}

/** A later end, a longer window, or both. */
export async function extend(
  connection: Connection,
  causeId: CauseId | undefined,
  flags: DecisionFlags & ExtendFlags,
): Promise<Outcome> {
  const { expires, window } = flags
  if (expires === undefined && window === undefined)
    throw new CliError('Cannot extend: --expires or --window is required')
  const decision: Extend = {
    target: targetOf(causeId, flags),
    ...(expires !== undefined && { expiresInMs: expires }),
    ...(window !== undefined && { windowMs: window }),
    reason: flags.reason,
  }
  const said = [
    ...(expires === undefined ? [] : [`ends in ${durationText(expires)}`]),
    ...(window === undefined ? [] : [`clients fetch within ${durationText(window)}`]),
  ]
  const answer = await connection.call((guard) => guard.extend.mutate(decision))
  return outcome('extended', decision.target, answer, `; ${said.join(', ')}`)
}

/** Begins the next stage of a paused release. */
export async function advance(
  connection: Connection,
  causeId: CauseId | undefined,
  flags: DecisionFlags,
): Promise<Outcome> {
  const decision = { target: targetOf(causeId, flags), reason: flags.reason }
  return outcome('advanced', decision.target, await connection.call((guard) => guard.advance.mutate(decision)))
}

/** The held rest will never be released. */
export async function reject(
  connection: Connection,
  causeId: CauseId | undefined,
  flags: DecisionFlags,
): Promise<Outcome> {
  const decision = { target: targetOf(causeId, flags), reason: flags.reason }
  return outcome('rejected', decision.target, await connection.call((guard) => guard.reject.mutate(decision)))
}

/** Nobody begins from now on, and whoever is under way stops at its next page. */
export async function revoke(
  connection: Connection,
  causeId: CauseId | undefined,
  flags: DecisionFlags,
): Promise<Outcome> {
  const decision = { target: targetOf(causeId, flags), reason: flags.reason }
  return outcome('revoked', decision.target, await connection.call((guard) => guard.revoke.mutate(decision)))
}

function planOf({ window, verifyWindow, bake, maxLatency, ...rest }: ReleaseFlags): ReleasePlan {
  return releasePlan({
    ...rest,
    windowMs: window,
    verifyWindowMs: verifyWindow,
    ...(bake !== undefined && { bakeMs: bake }),
    ...(maxLatency !== undefined && { maxLatencyMs: maxLatency }),
  })
}

function targetOf(causeId: CauseId | undefined, { signal }: Pick<DecisionFlags, 'signal'>): Target {
  if (causeId !== undefined && signal === undefined) return { kind: 'cause', causeId }
  if (causeId === undefined && signal !== undefined) return { kind: 'signal', signalId: signal }
  throw new CliError('Cannot decide: either a cause or --signal is required, and not both')
}

function outcome(done: string, target: Target, answer: DecisionAnswer, more = ''): Outcome {
  const { signalCount, accountCount, neverBegunAccountCount } = answer
  const what = nameOf(target)
  const isEnd = done === 'rejected' || done === 'revoked'
  const never =
    isEnd && neverBegunAccountCount > 0
      ? `; ${countOf(neverBegunAccountCount, 'account')} never began and never will`
      : ''
  return {
    exitCode: EXIT_CODES.ok,
    json: { target, ...answer },
    lines: [
      signalCount === 0
        ? `nothing changed: ${what} was ${done} before`
        : `${done}: ${what}, ${countOf(signalCount, 'signal')} for ${countOf(accountCount, 'account')}${never}${more}`,
    ],
  }
}

function nameOf(target: Target): string {
  return target.kind === 'cause' ? target.causeId : target.signalId
}
