import { z } from 'zod'
import { AccountId, ClientId, Epoch, KeyId, Nonce, SignalId } from '../ids.ts'
import { Bytes, Count, DurationMs, EpochMs } from '../quantities.ts'
import { ProtocolVersion } from '../version.ts'
import { ClientIdentity } from './client-identity.ts'
import { CollectionDigest } from './digest.ts'
import { Signature } from './key-endorsement.ts'
import { Signal } from './signal.ts'
import { StateTag } from './state-tag.ts'

/** Most signals one answer tells of, the newest: little enough to read in one piece. */
export const MAX_TOLD_SIGNALS = 16

/** Most completed signals one question names: with ids of 36 characters some 3,000 bytes of address, which every proxy lets pass. */
export const MAX_COMPLETED_SIGNALS = 32

/**
 * Client to guard: "what is in force for me, now?" Asked when the state tag differs from the last answer's, before a
 * step whose confirmation has grown older than its validity, and after a reconnect. At most 400 bytes:
 * some 270 with ids of 36 characters, and each further byte of an id is one more.
 */
export const InForceRequest = z.object({
  protocol: ProtocolVersion,
  accountId: AccountId,
  client: ClientIdentity,
  nonce: Nonce,
  /** How much the client stores, for the registry that predicts what a reset would cost. */
  cachedBytes: Bytes,
  /**
   * After a full answer: what of it the client has completed since, so that the guard leaves it out and tells what comes
   * after it. It is in force all the same, and in the tag. Never there in the usual case: it is what may exceed 400 bytes.
   */
  completedSignals: z
    .array(z.object({ signalId: SignalId, version: Count.min(1) }))
    .max(MAX_COMPLETED_SIGNALS)
    .optional(),
})
export type InForceRequest = z.infer<typeof InForceRequest>

/** How much of the SDK is at work, set by the operator: `observe` compares and reports, fetches nothing; `off` does nothing. */
export const ClientMode = z.enum(['enforce', 'observe', 'off'])
export type ClientMode = z.infer<typeof ClientMode>

/**
 * What holds for one account, client and nonce only, and for `validForMs` from when the client *sent* the question, on
 * the client's own monotonic clock. `stateTag` is null when nothing is in force.
 *
 * The three are signed and not sent, see {@link signedBytes}: whoever checks the signature cannot forget to check them.
 */
export const InForceAnswer = z.object({
  protocol: ProtocolVersion,
  epoch: Epoch,
  serverNowMs: EpochMs,
  validForMs: DurationMs.max(10_000),
  clientMode: ClientMode,
  stateTag: StateTag.nullable(),
  signals: z.array(Signal).max(MAX_TOLD_SIGNALS),
  /** Digests of every collection in the signals' scopes. */
  digests: z.array(CollectionDigest).max(256),
  /** The oldest key whose word still counts; those that came before it are retired. Absent while there was no other. */
  oldestKeyId: KeyId.optional(),
})
export type InForceAnswer = z.infer<typeof InForceAnswer>

/**
 * Guard to client: the answer as the very text that was signed, so that no reader has to agree with the writer about
 * how JSON is spelt. Sent `Cache-Control: private, no-store`. At most 1,200 bytes for a signal
 * over two collections whose reason is a line; each further collection is some 200 more.
 */
export const SignedInForceAnswer = z.object({
  keyId: KeyId,
  payload: z.string().min(2).max(262_144),
  /** Ed25519 over `signedBytes(payload, address)`, base64url. */
  signature: Signature,
})
export type SignedInForceAnswer = z.infer<typeof SignedInForceAnswer>

/** Whose question an answer is to: signed with it, so that it cannot pass for an answer to anybody or anything else. */
export const AnswerAddress = z.object({ accountId: AccountId, clientId: ClientId, nonce: Nonce })
export type AnswerAddress = z.infer<typeof AnswerAddress>

const SIGNED_PREFIX = 'tidegate in-force answer 1'

/**
 * The bytes an Ed25519 signature covers, in UTF-8: a prefix that no other message of the protocol shares, the address'
 * account, client and nonce, and the payload, with a line feed after each but the last. Ids hold no control characters,
 * so no two lists of parts spell the same bytes.
 */
export function signedBytes(payload: string, address: AnswerAddress): Uint8Array<ArrayBuffer> {
  const { accountId, clientId, nonce } = address
  return new TextEncoder().encode([SIGNED_PREFIX, accountId, clientId, nonce, payload].join('\n'))
}
