import {
  Advance,
  Approve,
  AuditRequest,
  ChangesSinceRequest,
  DigestsRequest,
  EndorsementsRequest,
  Extend,
  FetchRequest,
  type GuardApi,
  InForceRequest,
  LeaseEnd,
  LeaseRenewal,
  LeaseRequest,
  ListRequest,
  Proposal,
  PruneEvents,
  RegisterCause,
  Reject,
  Report,
  Revoke,
  RevokeKey,
  RotateKey,
  SetModes,
  SigningKeysRequest,
  StatusRequest,
  TimelineRequest,
} from '@tidegate/protocol'
import type { z } from 'zod'

export type Call = keyof GuardApi

/** Every call of a guard, with the schema of what is sent. A call that is missing here does not compile. */
export const CALLS = {
  inForce: InForceRequest,
  report: Report,
  endorsements: EndorsementsRequest,
  requestLease: LeaseRequest,
  renewLease: LeaseRenewal,
  endLease: LeaseEnd,
  digests: DigestsRequest,
  list: ListRequest,
  fetch: FetchRequest,
  changesSince: ChangesSinceRequest,
  registerCause: RegisterCause,
  propose: Proposal,
  approve: Approve,
  advance: Advance,
  extend: Extend,
  reject: Reject,
  revoke: Revoke,
  setModes: SetModes,
  status: StatusRequest,
  signingKeys: SigningKeysRequest,
  rotateKey: RotateKey,
  revokeKey: RevokeKey,
  audit: AuditRequest,
  pruneEvents: PruneEvents,
  timeline: TimelineRequest,
} as const satisfies Record<Call, z.ZodType>

export const CLIENT_CALLS = [
  ...(['inForce', 'report', 'endorsements', 'requestLease', 'renewLease', 'endLease'] as const),
  ...(['digests', 'list', 'fetch', 'changesSince'] as const),
]

/** tRPC answers no batch that holds both queries and mutations. */
export const QUERIES: readonly Call[] = [
  ...(['inForce', 'endorsements', 'digests', 'list', 'fetch', 'changesSince'] as const),
  ...(['status', 'signingKeys', 'audit', 'timeline'] as const),
]
