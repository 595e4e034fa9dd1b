import { ChangesSinceAnswer } from './messages/changes-since.ts'
import { Denial } from './messages/denial.ts'
import { DigestsAnswer } from './messages/digests.ts'
import { Endorsements } from './messages/endorsements.ts'
import { FetchAnswer } from './messages/fetch.ts'
import { InForceAnswer, SignedInForceAnswer } from './messages/in-force.ts'
import { LeaseEndAnswer } from './messages/lease-end.ts'
import { LeaseGrant } from './messages/lease-grant.ts'
import { ListAnswer } from './messages/list.ts'
import { Audit } from './messages/operator/audit.ts'
import { DecisionAnswer } from './messages/operator/decision-answer.ts'
import { Modes } from './messages/operator/modes.ts'
import { PruneAnswer } from './messages/operator/prune-events.ts'
import { RegisterCauseAnswer } from './messages/operator/register-cause.ts'
import { SigningKeys } from './messages/operator/signing-keys.ts'
import { Status } from './messages/operator/status.ts'
import { SwitchAnswer } from './messages/operator/switches.ts'
import { Timeline } from './messages/operator/timeline.ts'
import { ProposeAnswer } from './messages/propose.ts'
import { ReportAnswer } from './messages/report.ts'
import { StateTag } from './messages/state-tag.ts'

/** Every message that a guard sends, by name. */
export const DOWN = {
  Audit,
  ChangesSinceAnswer,
  DecisionAnswer,
  Denial,
  DigestsAnswer,
  Endorsements,
  FetchAnswer,
  InForceAnswer,
  LeaseEndAnswer,
  LeaseGrant,
  ListAnswer,
  Modes,
  ProposeAnswer,
  PruneAnswer,
  RegisterCauseAnswer,
  ReportAnswer,
  SignedInForceAnswer,
  SigningKeys,
  StateTag,
  Status,
  SwitchAnswer,
  Timeline,
}
