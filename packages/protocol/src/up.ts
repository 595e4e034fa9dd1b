import { ChangesSinceRequest } from './messages/changes-since.ts'
import { DigestsRequest } from './messages/digests.ts'
import { EndorsementsRequest } from './messages/endorsements.ts'
import { FetchRequest } from './messages/fetch.ts'
import { InForceRequest } from './messages/in-force.ts'
import { LeaseEnd } from './messages/lease-end.ts'
import { LeaseRenewal } from './messages/lease-renewal.ts'
import { LeaseRequest } from './messages/lease-request.ts'
import { ListRequest } from './messages/list.ts'
import { Advance } from './messages/operator/advance.ts'
import { Approve } from './messages/operator/approve.ts'
import { AuditRequest } from './messages/operator/audit.ts'
import { Extend } from './messages/operator/extend.ts'
import { SetModes } from './messages/operator/modes.ts'
import { PruneEvents } from './messages/operator/prune-events.ts'
import { RegisterCause } from './messages/operator/register-cause.ts'
import { Reject } from './messages/operator/reject.ts'
import { Revoke } from './messages/operator/revoke.ts'
import { RevokeKey, RotateKey, SigningKeysRequest } from './messages/operator/signing-keys.ts'
import { StatusRequest } from './messages/operator/status.ts'
import { LiftSwitch, SetSwitch } from './messages/operator/switches.ts'
import { TimelineRequest } from './messages/operator/timeline.ts'
import { OutboxProposal } from './messages/outbox-proposal.ts'
import { Proposal } from './messages/propose.ts'
import { Report } from './messages/report.ts'

/** Every message that is sent to a guard, by name. */
export const UP = {
  Advance,
  Approve,
  AuditRequest,
  ChangesSinceRequest,
  DigestsRequest,
  EndorsementsRequest,
  Extend,
  FetchRequest,
  InForceRequest,
  LeaseEnd,
  LeaseRenewal,
  LeaseRequest,
  LiftSwitch,
  ListRequest,
  OutboxProposal,
  Proposal,
  PruneEvents,
  RegisterCause,
  Reject,
  Report,
  Revoke,
  RevokeKey,
  RotateKey,
  SetModes,
  SetSwitch,
  SigningKeysRequest,
  StatusRequest,
  TimelineRequest,
}
