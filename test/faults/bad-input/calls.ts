import {
  Advance,
  Approve,
  AuditRequest,
  ChangesSinceRequest,
  DigestsRequest,
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
  SetModes,
  StatusRequest,
  TimelineRequest,
} from '@tidegate/protocol'
import type { z } from 'zod'

export type Call = keyof GuardApi

/** Every call of a guard, with the schema of what is sent. A call that is missing here does not compile. */
export const CALLS = {
  inForce: InForceRequest,
  report: Report,
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
  reject: Reject,
  revoke: Revoke,
  setModes: SetModes,
  status: StatusRequest,
  audit: AuditRequest,
  pruneEvents: PruneEvents,
  timeline: TimelineRequest,
} as const satisfies Record<Call, z.ZodType>

export const CLIENT_CALLS = [
  ...(['inForce', 'report', 'requestLease', 'renewLease', 'endLease'] as const),
  ...(['digests', 'list', 'fetch', 'changesSince'] as const),
]

/** tRPC answers no batch that holds both queries and mutations. */
export const QUERIES: readonly Call[] = [
  ...(['inForce', 'digests', 'list', 'fetch', 'changesSince'] as const),
  ...(['status', 'audit', 'timeline'] as const),
]
