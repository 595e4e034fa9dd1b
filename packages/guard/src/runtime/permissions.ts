import { type AccountId, type Actor, Denied, type GuardApi, type Role } from '@tidegate/protocol'
import type { Caller } from '../caller.ts'

/** Who may call what: a client for its own account, or staff with one of the roles. */
export const PERMISSIONS = {
  inForce: 'client',
  report: 'client',
  endorsements: 'client',
  requestLease: 'client',
  renewLease: 'client',
  endLease: 'client',
  digests: 'client',
  list: 'client',
  fetch: 'client',
  changesSince: 'client',
  registerCause: ['author'],
  propose: ['emitter'],
  approve: ['approver', 'operator'],
  reject: ['approver', 'operator'],
  extend: ['approver', 'operator'],
  advance: ['operator'],
  revoke: ['operator'],
  setModes: ['operator'],
  setSwitch: ['operator'],
  liftSwitch: ['operator'],
  status: ['viewer', 'operator', 'approver', 'author', 'emitter'],
  signingKeys: ['viewer', 'operator'],
  rotateKey: ['operator'],
  revokeKey: ['operator'],
  audit: ['viewer', 'operator'],
  pruneEvents: ['operator'],
  timeline: ['viewer', 'operator', 'approver', 'author'],
} as const satisfies Record<keyof GuardApi, 'client' | readonly [Role, ...Role[]]>

export type ClientCall = {
  [Call in keyof GuardApi]: (typeof PERMISSIONS)[Call] extends 'client' ? Call : never
}[keyof GuardApi]
export type StaffCall = Exclude<keyof GuardApi, ClientCall>

/** @throws Denied `not-identified` unless a client asks: staff has no account whose mail it could mean */
export function clientAccount(caller: Caller | null): AccountId {
  if (caller?.kind !== 'client') throw new Denied({ kind: 'not-identified' })
  return caller.accountId
}

/** @throws Denied `not-identified` for nobody, `forbidden` for a client and for staff without any of the call's roles */
export function staffActor(caller: Caller | null, call: StaffCall): Actor {
  if (caller === null) throw new Denied({ kind: 'not-identified' })
  const roles: readonly Role[] = PERMISSIONS[call]
  if (caller.kind === 'staff' && caller.roles.some((role) => roles.includes(role))) return caller.actor
  throw new Denied({ kind: 'forbidden', needsRole: PERMISSIONS[call][0] })
}
