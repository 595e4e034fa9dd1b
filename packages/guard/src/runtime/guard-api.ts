import {
  type AccountId,
  type Actor,
  Advance,
  Approve,
  AuditRequest,
  ChangesSinceRequest,
  Denied,
  DigestsRequest,
  EndorsementsRequest,
  Extend,
  FetchRequest,
  type GuardApi,
  InForceRequest,
  LeaseEnd,
  LeaseRenewal,
  LeaseRequest,
  LiftSwitch,
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
  SetSwitch,
  type SigningKeys,
  SigningKeysRequest,
  StatusRequest,
  TimelineRequest,
} from '@tidegate/protocol'
import type { z } from 'zod'
import type { Caller } from '../caller.ts'
import { type StoredKey, shownKeys, toldEndorsements } from '../core/signing-keys.ts'
import { readChangesSince, readDigests, readList } from './comparing-calls.ts'
import { fetchItems } from './fetch-call.ts'
import { type GuardNode, knowledgeOf, onLedger } from './guard-node.ts'
import { answerInForce } from './in-force-call.ts'
import { endLease, renewLease, requestLease } from './lease-calls.ts'
import { parsed } from './parsed.ts'
import { type ClientCall, clientAccount, type StaffCall, staffActor } from './permissions.ts'
import { shedCall } from './shed.ts'
import { changeSwitch, decide, setModes, status, workingSwitch } from './staff-calls.ts'

/**
 * A node's calls, bound to one caller. Each first asks whether the caller may, then reads the input by its schema:
 * the one door for tRPC and for direct callers alike.
 */
export function guardApi(node: GuardNode, caller: Caller | null): GuardApi {
  const { ledger } = node

  function forClient<Message extends { readonly accountId?: AccountId | undefined }, Answer>(
    call: ClientCall,
    schema: z.ZodType<Message>,
    work: (accountId: AccountId, message: Message) => Promise<Answer>,
  ): (message: Message) => Promise<Answer> {
    return (input) =>
      answered(node, call, caller, async () => {
        const accountId = clientAccount(caller)
        const shed = shedCall(node, call, accountId)
        if (shed) throw new Denied(shed)
        const message = parsed(schema, input)
        // The login may have changed under an open app: what it asks for is another account's.
        if (message.accountId !== undefined && message.accountId !== accountId) {
          throw new Denied({ kind: 'wrong-account' })
        }
        return work(accountId, message)
      })
  }

  function forStaff<Message, Answer>(
    call: StaffCall,
    schema: z.ZodType<Message>,
    work: (by: Actor, message: Message) => Promise<Answer>,
  ): (message: Message) => Promise<Answer> {
    return (message) =>
      answered(node, call, caller, async () => {
        spendCall(node, caller)
        return work(staffActor(caller, call), parsed(schema, message))
      })
  }

  return {
    inForce: forClient('inForce', InForceRequest, (accountId, request) => answerInForce(node, accountId, request)),
    report: forClient('report', Report, async (accountId, report) => {
      const { client, cachedBytes } = report
      const isNew = await onLedger(node, client.clientId, () => node.reports.add({ accountId, report }))
      node.sightings.note({ accountId, client, cachedBytes }, node.wallNowMs())
      return { isNew }
    }),

    endorsements: forClient('endorsements', EndorsementsRequest, async (_accountId, { knownKeyIds }) =>
      toldEndorsements(knowledgeOf(node, 'endorsements').keys, knownKeyIds),
    ),

    requestLease: forClient('requestLease', LeaseRequest, (accountId, request) =>
      requestLease(node, accountId, request),
    ),
    renewLease: forClient('renewLease', LeaseRenewal, (accountId, renewal) => renewLease(node, accountId, renewal)),
    endLease: forClient('endLease', LeaseEnd, (accountId, end) => endLease(node, accountId, end)),

    digests: forClient('digests', DigestsRequest, (accountId, request) => readDigests(node, accountId, request)),
    list: forClient('list', ListRequest, (accountId, request) => readList(node, accountId, request)),
    fetch: forClient('fetch', FetchRequest, (accountId, request) => fetchItems(node, accountId, request)),
    changesSince: forClient('changesSince', ChangesSinceRequest, (accountId, request) =>
      readChangesSince(node, accountId, request),
    ),

    registerCause: forStaff('registerCause', RegisterCause, (by, cause) =>
      onLedger(node, by, () => ledger.registerCause(cause, by, node.wallNowMs())),
    ),
    propose: forStaff('propose', Proposal, (by, proposal) =>
      onLedger(node, by, () => ledger.propose(proposal, by, node.wallNowMs())),
    ),

    approve: forStaff('approve', Approve, (by, decision) =>
      decide(node, by, () => ledger.approve(decision, by, node.wallNowMs())),
    ),
    advance: forStaff('advance', Advance, (by, decision) =>
      decide(node, by, () => ledger.advance(decision, by, node.wallNowMs())),
    ),
    extend: forStaff('extend', Extend, (by, decision) =>
      decide(node, by, () => ledger.extend(decision, by, node.wallNowMs())),
    ),
    reject: forStaff('reject', Reject, (by, decision) =>
      decide(node, by, () => ledger.reject(decision, by, node.wallNowMs())),
    ),
    revoke: forStaff('revoke', Revoke, (by, decision) =>
      decide(node, by, () => ledger.revoke(decision, by, node.wallNowMs())),
    ),
    setModes: forStaff('setModes', SetModes, (by, modes) => setModes(node, by, modes)),
    setSwitch: forStaff('setSwitch', SetSwitch, (by, setting) =>
      changeSwitch(node, by, () => ledger.setSwitch(workingSwitch(setting), by, node.wallNowMs())),
    ),
    liftSwitch: forStaff('liftSwitch', LiftSwitch, (by, lift) =>
      changeSwitch(node, by, () => ledger.liftSwitch(lift, by, node.wallNowMs())),
    ),
    status: forStaff('status', StatusRequest, (by, request) => status(node, by, request)),

    signingKeys: forStaff('signingKeys', SigningKeysRequest, async () => shown(node, node.memory.lastKeys())),
    rotateKey: forStaff('rotateKey', RotateKey, async (by, rotation) =>
      shown(node, await decide(node, by, () => ledger.rotateKey(rotation, by, node.wallNowMs()))),
    ),
    revokeKey: forStaff('revokeKey', RevokeKey, async (by, revocation) =>
      shown(node, await decide(node, by, () => ledger.revokeKey(revocation, by, node.wallNowMs()))),
    ),

    audit: forStaff('audit', AuditRequest, async (by, request) => {
      const audit = await onLedger(node, by, () => ledger.audit(request))
      node.counters.lastAudit = { isIntact: audit.isIntact, atMs: node.clock.nowMs() }
      return audit
    }),
    pruneEvents: forStaff('pruneEvents', PruneEvents, (by, decision) =>
      onLedger(node, by, () => ledger.pruneEvents(decision, by, node.wallNowMs())),
    ),
    timeline: forStaff('timeline', TimelineRequest, (by, { causeId }) =>
      onLedger(node, by, () => ledger.timeline(causeId, node.wallNowMs())),
    ),
  }
}

function shown(node: GuardNode, keys: readonly StoredKey[]): SigningKeys {
  return { keys: shownKeys(keys, node.wallNowMs()) }
}

/** Before anything is read: what a flood asks for must cost nothing. In a batch each call pays for itself. */
function spendCall(node: GuardNode, caller: Caller | null): void {
  if (caller?.kind !== 'staff' || !caller.isLimited) return
  const retryAfterMs = node.staffBudgets.take(caller.actor, node.clock.nowMs())
  if (retryAfterMs > 0) throw new Denied({ kind: 'rate-limited', retryAfterMs })
}

/** Denials are answers. Anything else broke inside: it is logged here, and the caller learns no more than that, because its message may hold what is nobody's business. */
async function answered<Answer>(
  node: GuardNode,
  call: keyof GuardApi,
  caller: Caller | null,
  work: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await node.telemetry.during({ kind: 'call', call, caller: caller?.kind ?? 'nobody' }, work)
  } catch (error) {
    if (error instanceof Denied) throw error
    node.log('call.failed', {
      fields: { call },
      error,
      ...(caller?.kind === 'client' && { accountId: caller.accountId }),
    })
    throw new Error(`Cannot answer ${call}: something failed inside the guard or its source, and was logged there`, {
      cause: error,
    })
  }
}
