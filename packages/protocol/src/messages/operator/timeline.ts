import { z } from 'zod'
import { Actor, CauseId } from '../../ids.ts'
import { Bytes, Count, DurationMs, EpochMs, Ratio } from '../../quantities.ts'
import { Action } from '../action.ts'
import { CauseKind } from '../cause.ts'
import { ClientMode } from '../in-force.ts'
import { ResyncOutcome } from '../report.ts'
import { RuleId } from '../verdict.ts'
import { GuardMode } from './modes.ts'
import { GateOutcome } from './release-plan.ts'
import { SwitchEffect, SwitchNo } from './switches.ts'
import { Target } from './target.ts'

/** Viewer to guard: what happened to the signals of a cause. */
export const TimelineRequest = z.object({ causeId: CauseId })
export type TimelineRequest = z.infer<typeof TimelineRequest>

const by = Actor
const because = z.string().max(500).nullable()
const decided = { atMs: EpochMs, by, because, signalCount: Count }

/** What clients told within a step: each client once per signal and outcome, and the bytes they fetched. */
export const ClientFigures = z.object({
  /** Heard from for the first time about a signal. */
  seen: Count,
  outcomes: z.record(ResyncOutcome, Count),
  fetchedBytes: Bytes,
})
export type ClientFigures = z.infer<typeof ClientFigures>

/**
 * One line of a timeline, at `atMs`. Rows of the guard's own making are one per minute and kind, decisions of people one
 * each; `clients` are what clients told within the step that begins then.
 */
export const TimelineRow = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('registered'), atMs: EpochMs, by, creditAccountCount: Count }),
  z.object({
    kind: z.literal('emitted'),
    ...decided,
    /** How often `propose` was called. */
    proposalCount: Count,
    action: Action,
    /** `the whole account`, or names of collections. */
    scope: z.string(),
    isEveryone: z.boolean(),
    /** Accounts named, summed over signals. */
    accountCount: Count,
  }),
  z.object({
    kind: z.literal('judged'),
    atMs: EpochMs,
    verdict: z.enum(['release', 'hold', 'reject']),
    /** In `observe` a verdict is written down and stays without effect. */
    guardMode: GuardMode,
    signalCount: Count,
    canaryAccountCount: Count,
    heldAccountCount: Count,
    ruleIds: z.array(RuleId).max(64),
  }),
  z.object({
    kind: z.literal('approved'),
    ...decided,
    accountCount: Count,
    shares: z.array(Ratio).max(20),
    /** The cause or signal that it took the place of, if any. */
    supersedes: Target.optional(),
  }),
  z.object({
    kind: z.literal('extended'),
    ...decided,
    accountCount: Count,
    /** Null where it stayed as it was. */
    expiresAtMs: EpochMs.nullable(),
    windowMs: DurationMs.nullable(),
  }),
  z.object({
    kind: z.literal('superseded'),
    ...decided,
    accountCount: Count,
    neverBegunAccountCount: Count,
    /** What was approved in its place. */
    supersededBy: Target,
  }),
  z.object({ kind: z.literal('advanced'), ...decided }),
  z.object({ kind: z.literal('rejected'), ...decided, accountCount: Count, neverBegunAccountCount: Count }),
  z.object({ kind: z.literal('revoked'), ...decided, accountCount: Count, neverBegunAccountCount: Count }),
  z.object({
    kind: z.literal('stage'),
    atMs: EpochMs,
    step: z.enum(['started', 'paused', 'settled']),
    signalCount: Count,
    /** Let out from then on; null where it was not recorded. */
    stageShare: Ratio.nullable(),
    gateOutcome: GateOutcome.nullable(),
    endedCount: Count,
    failedCount: Count,
  }),
  z.object({ kind: z.literal('expired'), atMs: EpochMs, signalCount: Count }),
  z.object({ kind: z.literal('modes'), atMs: EpochMs, by, because, guardMode: GuardMode, clientMode: ClientMode }),
  /** A switch that was for this cause, or for everybody while it was under way. `ended` is by itself, at its end. */
  z.object({
    kind: z.literal('switch'),
    atMs: EpochMs,
    by,
    because,
    step: z.enum(['set', 'lifted', 'ended']),
    switchNo: SwitchNo,
    effect: SwitchEffect,
    endsAtMs: EpochMs,
  }),
  /** An event of a kind that this row knows only by its name. */
  z.object({ kind: z.literal('other'), ...decided, event: z.string().max(64) }),
  z.object({ kind: z.literal('clients'), atMs: EpochMs, ...ClientFigures.shape }),
])
export type TimelineRow = z.infer<typeof TimelineRow>

/** Guard to viewer: rows by time. `totals` are their sums, and hold also what went into no row. */
export const Timeline = z.object({
  cause: z.object({ causeId: CauseId, kind: CauseKind, title: z.string(), owner: Actor, isRegistered: z.boolean() }),
  serverNowMs: EpochMs,
  /** Length of the steps in which clients are counted: a minute, or more when the whole would be longer than 1,000 of them. */
  stepMs: DurationMs,
  /** Decisions from before then may be missing, because they were pruned; null when none of this cause were. */
  prunedBeforeMs: EpochMs.nullable(),
  totals: z.object({
    signalCount: Count,
    /** Distinct accounts named, or the largest audience of a signal for everyone. */
    accountCount: Count,
    neverBegunAccountCount: Count,
    clients: ClientFigures,
  }),
  rows: z.array(TimelineRow).max(10_000),
})
export type Timeline = z.infer<typeof Timeline>
