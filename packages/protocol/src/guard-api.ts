import type { ChangesSinceAnswer, ChangesSinceRequest } from './messages/changes-since.ts'
import type { DigestsAnswer, DigestsRequest } from './messages/digests.ts'
import type { Endorsements, EndorsementsRequest } from './messages/endorsements.ts'
import type { FetchAnswer, FetchRequest } from './messages/fetch.ts'
import type { InForceRequest, SignedInForceAnswer } from './messages/in-force.ts'
import type { LeaseEnd, LeaseEndAnswer } from './messages/lease-end.ts'
import type { LeaseGrant } from './messages/lease-grant.ts'
import type { LeaseRenewal } from './messages/lease-renewal.ts'
import type { LeaseRequest } from './messages/lease-request.ts'
import type { ListAnswer, ListRequest } from './messages/list.ts'
import type { Advance } from './messages/operator/advance.ts'
import type { Approve } from './messages/operator/approve.ts'
import type { Audit, AuditRequest } from './messages/operator/audit.ts'
import type { DecisionAnswer } from './messages/operator/decision-answer.ts'
import type { Extend } from './messages/operator/extend.ts'
import type { Modes, SetModes } from './messages/operator/modes.ts'
import type { PruneAnswer, PruneEvents } from './messages/operator/prune-events.ts'
import type { RegisterCause, RegisterCauseAnswer } from './messages/operator/register-cause.ts'
import type { Reject } from './messages/operator/reject.ts'
import type { Revoke } from './messages/operator/revoke.ts'
import type { RevokeKey, RotateKey, SigningKeys, SigningKeysRequest } from './messages/operator/signing-keys.ts'
import type { Status, StatusRequest } from './messages/operator/status.ts'
import type { LiftSwitch, SetSwitch, SwitchAnswer } from './messages/operator/switches.ts'
import type { Timeline, TimelineRequest } from './messages/operator/timeline.ts'
import type { Proposal, ProposeAnswer } from './messages/propose.ts'
import type { Report, ReportAnswer } from './messages/report.ts'

/**
 * Everything a guard answers, bound to one caller: who asks was settled by the host app's `identify` before this object
 * was made, so no call takes an account or a role. Every call may throw `Denied`; nothing else is a known answer.
 */
export interface GuardApi {
  inForce(request: InForceRequest): Promise<SignedInForceAnswer>
  report(report: Report): Promise<ReportAnswer>
  endorsements(request: EndorsementsRequest): Promise<Endorsements>

  requestLease(request: LeaseRequest): Promise<LeaseGrant>
  renewLease(renewal: LeaseRenewal): Promise<LeaseGrant>
  endLease(end: LeaseEnd): Promise<LeaseEndAnswer>

  digests(request: DigestsRequest): Promise<DigestsAnswer>
  list(request: ListRequest): Promise<ListAnswer>
  fetch(request: FetchRequest): Promise<FetchAnswer>
  changesSince(request: ChangesSinceRequest): Promise<ChangesSinceAnswer>

  registerCause(cause: RegisterCause): Promise<RegisterCauseAnswer>
  propose(proposal: Proposal): Promise<ProposeAnswer>

  approve(decision: Approve): Promise<DecisionAnswer>
  advance(decision: Advance): Promise<DecisionAnswer>
  extend(decision: Extend): Promise<DecisionAnswer>
  reject(decision: Reject): Promise<DecisionAnswer>
  revoke(decision: Revoke): Promise<DecisionAnswer>
  setModes(modes: SetModes): Promise<Modes>
  setSwitch(setting: SetSwitch): Promise<SwitchAnswer>
  liftSwitch(lift: LiftSwitch): Promise<SwitchAnswer>
  status(request: StatusRequest): Promise<Status>

  signingKeys(request: SigningKeysRequest): Promise<SigningKeys>
  rotateKey(rotation: RotateKey): Promise<SigningKeys>
  revokeKey(revocation: RevokeKey): Promise<SigningKeys>

  audit(request: AuditRequest): Promise<Audit>
  pruneEvents(decision: PruneEvents): Promise<PruneAnswer>
  timeline(request: TimelineRequest): Promise<Timeline>
}

/** The part of {@link GuardApi} that a client calls. */
export type ClientApi = Pick<
  GuardApi,
  | 'inForce'
  | 'report'
  | 'endorsements'
  | 'requestLease'
  | 'renewLease'
  | 'endLease'
  | 'digests'
  | 'list'
  | 'fetch'
  | 'changesSince'
>
