import { z } from 'zod'
import { AccountId, CauseId, ClientId, Epoch, LeaseId, ResourceId, SignalId } from '../../ids.ts'
import { Bytes, Count, DurationMs, EpochMs, Ratio } from '../../quantities.ts'
import { Action } from '../action.ts'
import { Cause, Credit } from '../cause.ts'
import { ClientClass } from '../client-identity.ts'
import { ClientMode } from '../in-force.ts'
import { ResyncOutcome } from '../report.ts'
import { Scope } from '../scope.ts'
import { Verdict } from '../verdict.ts'
import { GuardMode } from './modes.ts'
import { GateOutcome, ReleasePlan } from './release-plan.ts'
import { MAX_SWITCHES, Switch } from './switches.ts'

/**
 * Where a signal is in its life. `released` ones have a release; `paused` ones wait for an operator between two stages;
 * a `superseded` one ended when another was approved in its place.
 */
export const SignalState = z.enum(['held', 'released', 'paused', 'rejected', 'revoked', 'superseded', 'expired'])
export type SignalState = z.infer<typeof SignalState>

const Predicted = z.array(z.object({ resourceId: ResourceId, accountCount: Count, payloadBytes: Bytes })).max(1024)

/** One signal as operators see it. */
export const SignalStatus = z.object({
  signalId: SignalId,
  causeId: CauseId,
  state: SignalState,
  /** With `superseded`: the signal that was approved in its place, the first of them if they were several. */
  supersededBy: SignalId.optional(),
  action: Action,
  scope: Scope,
  reason: z.string().max(500).nullable(),
  proposedAtMs: EpochMs,
  expiresInMs: DurationMs.nullable(),
  verdict: Verdict,
  audienceAccountCount: Count,
  inForceAccountCount: Count,
  /** What a resync of the whole audience would draw, by resource. */
  predicted: Predicted,
  release: z
    .object({
      plan: ReleasePlan,
      stageIndex: Count,
      stageShare: Ratio,
      stageStartedAgoMs: DurationMs,
      gateOutcome: GateOutcome.nullable(),
      /** Why the gate said so, in a sentence; absent while the stage bakes, and where nobody wrote it down. */
      gateBecause: z.string().max(500).optional(),
      approvedBy: z.string(),
      approvedBecause: z.string(),
    })
    .nullable(),
  /** Clients that reported each outcome, each client once. */
  reports: z.record(ResyncOutcome, Count),
})
export type SignalStatus = z.infer<typeof SignalStatus>

/**
 * All judged signals of a cause that are in one state, listed or not. Accounts are summed over signals: one that several
 * of them name counts several times, so of more than one signal these are upper bounds.
 */
export const SignalTotals = z.object({
  state: SignalState,
  signalCount: Count,
  firstProposedAtMs: EpochMs,
  audienceAccountCount: Count,
  inForceAccountCount: Count,
  predicted: Predicted,
})
export type SignalTotals = z.infer<typeof SignalTotals>

/**
 * A cause with its signals: first those that are in force for somebody, then the other held, released and paused ones,
 * then those that ended, each newest first. A status lists 1,000 signals of all causes together, shared out in that
 * order; figures belong to `totals`, which leave none out. `isRegistered` is false when nobody announced it.
 */
export const CauseStatus = z.object({
  cause: Cause.omit({ manifest: true }).extend({ causeId: CauseId }),
  isRegistered: z.boolean(),
  credit: Credit,
  creditSpentAccountCount: Count,
  /** One entry for each state that any of its signals is in. */
  totals: z.array(SignalTotals).max(SignalState.options.length),
  signals: z.array(SignalStatus).max(1000),
})
export type CauseStatus = z.infer<typeof CauseStatus>

/** A lease that is running: somebody is fetching. */
export const RunningResync = z.object({
  leaseId: LeaseId,
  accountId: AccountId,
  clientId: ClientId,
  clientClass: ClientClass,
  resourceId: ResourceId,
  signalId: SignalId.nullable(),
  servedBytes: Bytes,
  wantBytes: Bytes,
  endsInMs: DurationMs,
})
export type RunningResync = z.infer<typeof RunningResync>

/** Viewer to guard: nothing to ask with, so an empty object. */
export const StatusRequest = z.object({
  /** Only causes that have held or paused signals. */
  onlyHeld: z.boolean().default(false),
})
export type StatusRequest = z.infer<typeof StatusRequest>

/** Guard to viewer: everything an operator needs at a glance. */
export const Status = z.object({
  epoch: Epoch,
  guardMode: GuardMode,
  clientMode: ClientMode,
  serverNowMs: EpochMs,
  activeAccountCount: Count,
  activeClientCount: Count,
  globalCredit: Credit,
  globalCreditSpentAccountCount: Count,
  resources: z
    .array(
      z.object({
        resourceId: ResourceId,
        capacityBytesPerSecond: Bytes,
        leasedBytesPerSecond: Bytes,
        activeAccountCount: Count,
      }),
    )
    .max(1024),
  causes: z.array(CauseStatus).max(1000),
  /** In force, oldest first; absent from a guard that has none to set. */
  switches: z.array(Switch).max(MAX_SWITCHES).optional(),
  resyncs: z.array(RunningResync).max(1000),
})
export type Status = z.infer<typeof Status>
