export type { Clock, Random } from './clock.ts'
export type { CollectionSource } from './collection-source.ts'
export {
  addDigests,
  combineFingerprints,
  digestOf,
  EMPTY_DIGEST,
  EMPTY_FINGERPRINT,
  type Fingerprinted,
  itemDigest,
  itemFingerprint,
  subtractDigests,
} from './core/fingerprint.ts'
export { murmur3 } from './core/murmur3.ts'
export { cohort, notBeforeInMs, position, positionFromSeed, positionSeed } from './core/position.ts'
export { describeSwitch } from './describe-switch.ts'
export { DOWN } from './down.ts'
export type { ClientApi, GuardApi } from './guard-api.ts'
export {
  AccountId,
  Actor,
  CauseId,
  ClientId,
  CollectionName,
  ContentHash,
  Epoch,
  IdempotencyKey,
  ItemId,
  KeyId,
  LeaseId,
  Nonce,
  ResourceId,
  SignalId,
} from './ids.ts'
export { Action } from './messages/action.ts'
export { Audience, admitsClient } from './messages/audience.ts'
export { Cause, CauseKind, Credit, EmitWindow } from './messages/cause.ts'
export { ChangesSinceAnswer, ChangesSinceRequest } from './messages/changes-since.ts'
export {
  AppVersion,
  CLIENT_HEADER,
  ClientClass,
  ClientIdentity,
  compareAppVersions,
  formatClientHeader,
  parseClientHeader,
} from './messages/client-identity.ts'
export {
  type AfterDenial,
  DENIALS,
  Denial,
  type DenialKind,
  Denied,
  describeDenial,
  retryAfterMsOf,
} from './messages/denial.ts'
export {
  CollectionDigest,
  DIGEST_ALGORITHM,
  DigestScheme,
  Fingerprint,
  isComparable,
  isEqualDigest,
  RangeDigest,
  type SchemeName,
} from './messages/digest.ts'
export { DigestsAnswer, DigestsRequest } from './messages/digests.ts'
export { Endorsements, EndorsementsRequest, MAX_TOLD_KEYS } from './messages/endorsements.ts'
export { FetchAnswer, FetchRequest, INTERACTIVE_FETCH_LIMIT } from './messages/fetch.ts'
export {
  AnswerAddress,
  ClientMode,
  InForceAnswer,
  InForceRequest,
  MAX_COMPLETED_SIGNALS,
  MAX_TOLD_SIGNALS,
  SignedInForceAnswer,
  signedBytes,
} from './messages/in-force.ts'
export { Item, ItemHead } from './messages/item.ts'
export {
  endorsementBytes,
  KeyEndorsement,
  KeyRevocation,
  PublicKey,
  revocationBytes,
  Signature,
} from './messages/key-endorsement.ts'
export { LeaseEnd, LeaseEndAnswer } from './messages/lease-end.ts'
export { LeaseGrant } from './messages/lease-grant.ts'
export { LeaseRenewal } from './messages/lease-renewal.ts'
export { LeasePurpose, LeaseRequest } from './messages/lease-request.ts'
export { ListAnswer, ListRequest } from './messages/list.ts'
export { Manifest } from './messages/manifest.ts'
export { Advance } from './messages/operator/advance.ts'
export { Approve } from './messages/operator/approve.ts'
export { Audit, AuditRequest, ChainBreak, ChainHead } from './messages/operator/audit.ts'
export { DecisionAnswer } from './messages/operator/decision-answer.ts'
export { Extend } from './messages/operator/extend.ts'
export { GuardMode, Modes, SetModes } from './messages/operator/modes.ts'
export { PruneAnswer, PruneEvents } from './messages/operator/prune-events.ts'
export { RegisterCause, RegisterCauseAnswer } from './messages/operator/register-cause.ts'
export { Reject } from './messages/operator/reject.ts'
export { Gate, GateOutcome, ReleasePlan } from './messages/operator/release-plan.ts'
export { Revoke } from './messages/operator/revoke.ts'
export {
  KEY_NOTICE_MS,
  RevokeKey,
  RotateKey,
  SigningKey,
  SigningKeyState,
  SigningKeys,
  SigningKeysRequest,
} from './messages/operator/signing-keys.ts'
export {
  CauseStatus,
  RunningResync,
  SignalState,
  SignalStatus,
  SignalTotals,
  Status,
  StatusRequest,
} from './messages/operator/status.ts'
export {
  LiftSwitch,
  LONGEST_SWITCH_MS,
  MAX_SWITCHES,
  ServiceName,
  SetSwitch,
  Switch,
  SwitchAnswer,
  SwitchEffect,
  SwitchNo,
} from './messages/operator/switches.ts'
export { Target } from './messages/operator/target.ts'
export { ClientFigures, Timeline, TimelineRequest, TimelineRow } from './messages/operator/timeline.ts'
export { OutboxProposal, type OutboxReading, readOutboxProposal } from './messages/outbox-proposal.ts'
export { Proposal, ProposeAnswer } from './messages/propose.ts'
export { Report, ReportAnswer, ResyncOutcome } from './messages/report.ts'
export { Role } from './messages/role.ts'
export { ALL_ORDINALS, OrdinalRange, Scope, scopedRanges } from './messages/scope.ts'
export { Signal } from './messages/signal.ts'
export { STATE_HEADER, StateTag } from './messages/state-tag.ts'
export { Finding, RuleId, Verdict } from './messages/verdict.ts'
export { ChangeSeq, MAX_DURATION_MS, Ordinal } from './quantities.ts'
export { UP } from './up.ts'
export { isServed, PROTOCOL_FLOOR, PROTOCOL_VERSION } from './version.ts'
