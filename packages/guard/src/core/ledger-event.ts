import {
  Cause,
  ClientMode,
  Credit,
  Epoch,
  Finding,
  GateOutcome,
  GuardMode,
  KeyId,
  PublicKey,
  ReleasePlan,
  Role,
  SignalState,
  SigningKeyState,
  SwitchEffect,
  Target,
  Verdict,
} from '@tidegate/protocol'
import { z } from 'zod'

/** What a person, or a gate that a plan lets revoke, decided about a signal, and whom it concerned then. */
const Decided = z.object({
  target: Target,
  stateBefore: SignalState,
  accountCount: z.int(),
  neverBegunAccountCount: z.int(),
})

/** What the gate of a stage saw and said, and the share of the audience that is let out from now on. */
const Stage = z.object({
  evidence: z
    .object({
      endedCount: z.int(),
      failedCount: z.int(),
      nothingToFetchCount: z.int().optional(),
      declinedCount: z.int().optional(),
      storage: z
        .array(z.record(z.string(), z.union([z.string(), z.number()])))
        .readonly()
        .optional(),
    })
    .nullable(),
  stageIndex: z.int(),
  gateOutcome: GateOutcome.nullable(),
  stageShare: z.number().optional(),
  /** What the gate said, in a sentence. */
  because: z.string().optional(),
})

const Place = z.object({ epoch: Epoch, revision: z.int(), eventNo: z.int(), sha256: z.string() })

const Modes = z.object({ guardMode: GuardMode, clientMode: ClientMode })

const Switched = z.object({ switchNo: z.int(), effect: SwitchEffect, endsAtMs: z.int() })

/**
 * Every kind of event the ledger records, with what it keeps as evidence (G7). A new decision gets a row here first.
 * Fields are only ever added, and optional ones at that: events of years ago are read by the same schemas.
 */
export const EVENT_EVIDENCE = {
  'cause-registered': z.object({ cause: Cause, credit: Credit }),
  'signal-judged': z.object({
    guardMode: GuardMode,
    verdict: Verdict,
    predicted: z.array(z.object({ resourceId: z.string(), accountCount: z.int(), payloadBytes: z.int() })).readonly(),
  }),
  'signal-approved': Decided.extend({
    plan: ReleasePlan,
    findings: z.array(Finding).readonly().optional(),
    supersedes: Target.optional(),
  }),
  'signal-advanced': Decided,
  /** What became longer, and only that. */
  'signal-extended': Decided.extend({
    expiresAtMs: z.object({ before: z.int(), after: z.int() }).optional(),
    windowMs: z.object({ before: z.int(), after: z.int() }).optional(),
  }),
  'signal-rejected': Decided,
  'signal-revoked': Decided.extend({ stage: Stage.optional() }),
  /** It ended when what `supersededBy` names was approved; `target` is how the approver named it. */
  'signal-superseded': Decided.extend({ supersededBy: Target }),
  'signal-expired': z.object({ stateBefore: SignalState, expiresAtMs: z.int() }),
  'stage-started': Stage,
  'release-paused': Stage,
  'release-settled': Stage,
  'modes-set': z.object({ before: Modes, after: Modes }),
  'switch-set': Switched,
  /** Before its time, by a person; `endsAtMs` is when it would have ended. */
  'switch-lifted': Switched,
  /** By itself, at its end. */
  'switch-ended': Switched,
  /** Never the token, nor its hash. */
  'token-created': z.object({ name: z.string(), roles: z.array(Role).readonly(), expiresAtMs: z.int().nullable() }),
  'token-revoked': z.object({ name: z.string(), roles: z.array(Role).readonly() }),
  /** The public half of a key alone; the private one is in no event. */
  'signing-key-announced': z.object({
    keyId: KeyId,
    publicKey: PublicKey,
    endorsedBy: KeyId.nullable(),
    activatesAtMs: z.int(),
  }),
  'signing-key-revoked': z.object({ keyId: KeyId, stateBefore: SigningKeyState }),
  'signing-key-retired': z.object({ keyId: KeyId }),
  /** The ledger was restored or promoted without its newest part; see `EpochBegun`. */
  'epoch-begun': z.object({
    epoch: Epoch,
    because: z.enum(['store-changed', 'tail-lost']),
    epochBefore: Epoch,
    storeBefore: z.string(),
    store: z.string(),
    known: Place.nullable(),
    found: Place,
  }),
  /** What stood before `throughEventNo`, that one included, was removed; the next event is chained to `throughSha256`. */
  'events-pruned': z.object({
    beforeMs: z.int(),
    throughEventNo: z.int(),
    throughSha256: z.string(),
    eventCount: z.int(),
  }),
  /** The ledger was opened although its chain was broken; exactly these breaks are known from then on. */
  'chain-break-accepted': z.object({ breaks: z.array(z.object({ eventNo: z.int(), message: z.string() })) }),
} as const satisfies Record<string, z.ZodType>

export type LedgerEventKind = keyof typeof EVENT_EVIDENCE

interface EventOf<Kind extends LedgerEventKind> {
  readonly kind: Kind
  /** Who did it: a person, a service, or the guard itself. */
  readonly actor: string
  readonly causeId?: string
  readonly signalId?: string
  /** In the words of whoever decided; the guard's own decisions have their reason in the evidence. */
  readonly reason?: string
  readonly evidence: z.input<(typeof EVENT_EVIDENCE)[Kind]>
}

/** Something that was decided, as it is written down. */
export type LedgerEvent = { [Kind in LedgerEventKind]: EventOf<Kind> }[LedgerEventKind]

/** @returns the evidence as its kind's schema reads it, or null when it is another kind or was written by a version that kept something else */
export function evidenceOf<Kind extends LedgerEventKind>(
  kind: Kind,
  event: { readonly kind: string; readonly evidence: unknown },
): z.output<(typeof EVENT_EVIDENCE)[Kind]> | null {
  if (event.kind !== kind) return null
  const read = EVENT_EVIDENCE[kind].safeParse(event.evidence)
  // The schema was looked up by the same kind, which the type of a lookup does not keep.
  return read.success ? (read.data as z.output<(typeof EVENT_EVIDENCE)[Kind]>) : null
}
