import { initTRPC } from '@trpc/server'
import type { GuardApi } from '../guard-api.ts'
import { ChangesSinceAnswer, ChangesSinceRequest } from '../messages/changes-since.ts'
import { DigestsAnswer, DigestsRequest } from '../messages/digests.ts'
import { Endorsements, EndorsementsRequest } from '../messages/endorsements.ts'
import { FetchAnswer, FetchRequest } from '../messages/fetch.ts'
import { InForceRequest, SignedInForceAnswer } from '../messages/in-force.ts'
import { LeaseEnd, LeaseEndAnswer } from '../messages/lease-end.ts'
import { LeaseGrant } from '../messages/lease-grant.ts'
import { LeaseRenewal } from '../messages/lease-renewal.ts'
import { LeaseRequest } from '../messages/lease-request.ts'
import { ListAnswer, ListRequest } from '../messages/list.ts'
import { Advance } from '../messages/operator/advance.ts'
import { Approve } from '../messages/operator/approve.ts'
import { Audit, AuditRequest } from '../messages/operator/audit.ts'
import { DecisionAnswer } from '../messages/operator/decision-answer.ts'
import { Extend } from '../messages/operator/extend.ts'
import { Modes, SetModes } from '../messages/operator/modes.ts'
import { PruneAnswer, PruneEvents } from '../messages/operator/prune-events.ts'
import { RegisterCause, RegisterCauseAnswer } from '../messages/operator/register-cause.ts'
import { Reject } from '../messages/operator/reject.ts'
import { Revoke } from '../messages/operator/revoke.ts'
import { RevokeKey, RotateKey, SigningKeys, SigningKeysRequest } from '../messages/operator/signing-keys.ts'
import { Status, StatusRequest } from '../messages/operator/status.ts'
import { LiftSwitch, SetSwitch, SwitchAnswer } from '../messages/operator/switches.ts'
import { Timeline, TimelineRequest } from '../messages/operator/timeline.ts'
import { Proposal, ProposeAnswer } from '../messages/propose.ts'
import { Report, ReportAnswer } from '../messages/report.ts'
import { asTidegateError, withTidegateErrors } from './errors.ts'

/** What the host puts into its tRPC context: the guard, bound to whoever sent the request. */
export interface GuardContext {
  readonly tidegate: GuardApi
}

/**
 * The tRPC contract over a {@link GuardApi}: the same names as the messages, inputs and outputs parsed. It knows no
 * guard; any implementation of the interface will do.
 */
export function createGuardRouter() {
  const t = initTRPC.context<GuardContext>().create({
    // tRPC takes every process without NODE_ENV=production for a developer's, and sends its stack traces to whoever asks.
    isDev: false,
    errorFormatter: withTidegateErrors(({ shape }) => shape),
  })

  const procedure = t.procedure.use(async ({ next }) => {
    const result = await next()
    return result.ok ? result : { ...result, error: asTidegateError(result.error) }
  })

  return t.router({
    inForce: procedure
      .input(InForceRequest)
      .output(SignedInForceAnswer)
      .query(({ ctx, input }) => ctx.tidegate.inForce(input)),
    report: procedure
      .input(Report)
      .output(ReportAnswer)
      .mutation(({ ctx, input }) => ctx.tidegate.report(input)),

    endorsements: procedure
      .input(EndorsementsRequest)
      .output(Endorsements)
      .query(({ ctx, input }) => ctx.tidegate.endorsements(input)),

    requestLease: procedure
      .input(LeaseRequest)
      .output(LeaseGrant)
      .mutation(({ ctx, input }) => ctx.tidegate.requestLease(input)),
    renewLease: procedure
      .input(LeaseRenewal)
      .output(LeaseGrant)
      .mutation(({ ctx, input }) => ctx.tidegate.renewLease(input)),
    endLease: procedure
      .input(LeaseEnd)
      .output(LeaseEndAnswer)
      .mutation(({ ctx, input }) => ctx.tidegate.endLease(input)),

    digests: procedure
      .input(DigestsRequest)
      .output(DigestsAnswer)
      .query(({ ctx, input }) => ctx.tidegate.digests(input)),
    list: procedure
      .input(ListRequest)
      .output(ListAnswer)
      .query(({ ctx, input }) => ctx.tidegate.list(input)),
    fetch: procedure
      .input(FetchRequest)
      .output(FetchAnswer)
      .query(({ ctx, input }) => ctx.tidegate.fetch(input)),
    changesSince: procedure
      .input(ChangesSinceRequest)
      .output(ChangesSinceAnswer)
      .query(({ ctx, input }) => ctx.tidegate.changesSince(input)),

    registerCause: procedure
      .input(RegisterCause)
      .output(RegisterCauseAnswer)
      .mutation(({ ctx, input }) => ctx.tidegate.registerCause(input)),
    propose: procedure
      .input(Proposal)
      .output(ProposeAnswer)
      .mutation(({ ctx, input }) => ctx.tidegate.propose(input)),

    approve: procedure
      .input(Approve)
      .output(DecisionAnswer)
      .mutation(({ ctx, input }) => ctx.tidegate.approve(input)),
    advance: procedure
      .input(Advance)
      .output(DecisionAnswer)
      .mutation(({ ctx, input }) => ctx.tidegate.advance(input)),
    extend: procedure
      .input(Extend)
      .output(DecisionAnswer)
      .mutation(({ ctx, input }) => ctx.tidegate.extend(input)),
    reject: procedure
      .input(Reject)
      .output(DecisionAnswer)
      .mutation(({ ctx, input }) => ctx.tidegate.reject(input)),
    revoke: procedure
      .input(Revoke)
      .output(DecisionAnswer)
      .mutation(({ ctx, input }) => ctx.tidegate.revoke(input)),
    setModes: procedure
      .input(SetModes)
      .output(Modes)
      .mutation(({ ctx, input }) => ctx.tidegate.setModes(input)),
    setSwitch: procedure
      .input(SetSwitch)
      .output(SwitchAnswer)
      .mutation(({ ctx, input }) => ctx.tidegate.setSwitch(input)),
    liftSwitch: procedure
      .input(LiftSwitch)
      .output(SwitchAnswer)
      .mutation(({ ctx, input }) => ctx.tidegate.liftSwitch(input)),
    status: procedure
      .input(StatusRequest)
      .output(Status)
      .query(({ ctx, input }) => ctx.tidegate.status(input)),

    signingKeys: procedure
      .input(SigningKeysRequest)
      .output(SigningKeys)
      .query(({ ctx, input }) => ctx.tidegate.signingKeys(input)),
    rotateKey: procedure
      .input(RotateKey)
      .output(SigningKeys)
      .mutation(({ ctx, input }) => ctx.tidegate.rotateKey(input)),
    revokeKey: procedure
      .input(RevokeKey)
      .output(SigningKeys)
      .mutation(({ ctx, input }) => ctx.tidegate.revokeKey(input)),

    audit: procedure
      .input(AuditRequest)
      .output(Audit)
      .query(({ ctx, input }) => ctx.tidegate.audit(input)),
    pruneEvents: procedure
      .input(PruneEvents)
      .output(PruneAnswer)
      .mutation(({ ctx, input }) => ctx.tidegate.pruneEvents(input)),
    timeline: procedure
      .input(TimelineRequest)
      .output(Timeline)
      .query(({ ctx, input }) => ctx.tidegate.timeline(input)),
  })
}

export type GuardRouter = ReturnType<typeof createGuardRouter>
