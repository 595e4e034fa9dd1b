import { type Approve, CauseId, type DecisionAnswer, type ReleasePlan, SignalId, type Target } from '@tidegate/protocol'
import { CliError, EXIT_CODES } from '../cli-error.ts'
import { countOf } from '../core/figures.ts'
import { releasePlan } from '../core/release-plan.ts'
import type { Connection } from '../edge/connect.ts'
import type { Outcome } from '../outcome.ts'

/** What every decision is given: a cause as argument or one signal, and why. */
export interface DecisionFlags {
  readonly signal?: string
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
}

/** Lets the held rest out, stage by stage. */
export async function approve(
  connection: Connection,
  causeId: string | undefined,
  flags: DecisionFlags & ReleaseFlags,
): Promise<Outcome> {
  const decision: Approve = { target: targetOf(causeId, flags), plan: planOf(flags), reason: flags.reason }
  return outcome('approved', decision.target, await connection.call((guard) => guard.approve.mutate(decision)))
}

/** Begins the next stage of a paused release. */
export async function advance(
  connection: Connection,
  causeId: string | undefined,
  flags: DecisionFlags,
): Promise<Outcome> {
  const decision = { target: targetOf(causeId, flags), reason: flags.reason }
  return outcome('advanced', decision.target, await connection.call((guard) => guard.advance.mutate(decision)))
}

/** The held rest will never be released. */
export async function reject(
  connection: Connection,
  causeId: string | undefined,
  flags: DecisionFlags,
): Promise<Outcome> {
  const decision = { target: targetOf(causeId, flags), reason: flags.reason }
  return outcome('rejected', decision.target, await connection.call((guard) => guard.reject.mutate(decision)))
}

/** Nobody begins from now on, and whoever is under way stops at its next page. */
export async function revoke(
  connection: Connection,
  causeId: string | undefined,
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

function targetOf(causeId: string | undefined, { signal }: DecisionFlags): Target {
  if ((causeId === undefined) === (signal === undefined)) {
    throw new CliError('Cannot decide: either a cause or --signal is required, and not both')
  }
  const id = causeId === undefined ? SignalId.safeParse(signal) : CauseId.safeParse(causeId)
  if (!id.success)
    throw new CliError(`Cannot decide: ${JSON.stringify(causeId ?? signal)} cannot be the name of either`)
  return causeId === undefined
    ? { kind: 'signal', signalId: SignalId.parse(signal) }
    : { kind: 'cause', causeId: CauseId.parse(causeId) }
}

function outcome(done: string, target: Target, answer: DecisionAnswer): Outcome {
  const { signalCount, accountCount, neverBegunAccountCount } = answer
  const what = target.kind === 'cause' ? target.causeId : target.signalId
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
        : `${done}: ${what}, ${countOf(signalCount, 'signal')} for ${countOf(accountCount, 'account')}${never}`,
    ],
  }
}
