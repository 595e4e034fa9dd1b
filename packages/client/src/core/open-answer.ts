import * as ed25519 from '@noble/ed25519'
import { sha512 } from '@noble/hashes/sha2.js'
import { type AnswerAddress, InForceAnswer, isServed, type SignedInForceAnswer, signedBytes } from '@tidegate/protocol'

// Synchronous SHA-512 in JavaScript: WebCrypto is missing in insecure contexts and in React Native.
ed25519.hashes.sha512 = sha512

/** A key that the guard signs its answers with. */
export interface GuardKey {
  readonly keyId: string
  /** Ed25519 public key: 32 bytes as base64url. */
  readonly publicKey: string
}

/** What the client knows of its own question. */
export interface Asked {
  readonly guardKeys: readonly GuardKey[]
  /** The account, client and nonce that the signature has to cover. */
  readonly address: AnswerAddress
  /** On the monotonic clock. */
  readonly sentAtMs: number
}

export type OpenedAnswer =
  | { readonly kind: 'valid'; readonly answer: InForceAnswer; readonly untilMs: number }
  | { readonly kind: 'invalid'; readonly problem: string }

/**
 * Whether a signed answer is one: a known key's signature over this account, client and nonce and the very text, an
 * answer by its schema and version, and younger than its validity, which counts from when the question was sent (C2).
 * Anything else is no answer at all (C6).
 */
export function openAnswer(signed: SignedInForceAnswer, asked: Asked, nowMs: number): OpenedAnswer {
  const key = asked.guardKeys.find(({ keyId }) => keyId === signed.keyId)
  if (key === undefined) return invalid(`it is signed with the unknown key ${signed.keyId}`)
  if (!isSignedBy(key, signed, asked.address)) {
    return invalid(`key ${key.keyId} did not sign it for this account, client and question`)
  }
  const parsed = InForceAnswer.safeParse(jsonOf(signed.payload))
  if (!parsed.success) return invalid('it is not an in-force answer')
  const answer = parsed.data
  if (!isServed(answer.protocol)) return invalid(`it speaks protocol version ${answer.protocol}`)
  const untilMs = asked.sentAtMs + answer.validForMs
  if (nowMs >= untilMs) return invalid(`it is older than the ${answer.validForMs} ms it is valid for`)
  return { kind: 'valid', answer, untilMs }
}

/** @throws TypeError when a key is not 32 bytes of base64url */
export function checkGuardKeys(guardKeys: readonly GuardKey[]): void {
  for (const { keyId, publicKey } of guardKeys) {
    if (bytesOf(publicKey)?.length !== 32)
      throw new TypeError(`Cannot use guard key ${keyId}: publicKey must be 32 bytes of base64url, got "${publicKey}"`)
  }
}

function isSignedBy(key: GuardKey, { payload, signature }: SignedInForceAnswer, address: AnswerAddress): boolean {
  const publicKey = bytesOf(key.publicKey)
  const signatureBytes = bytesOf(signature)
  if (publicKey === null || signatureBytes === null) return false
  try {
    return ed25519.verify(signatureBytes, signedBytes(payload, address), publicKey)
  } catch {
    return false
  }
}

function invalid(problem: string): OpenedAnswer {
  return { kind: 'invalid', problem: `No valid answer: ${problem}` }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[A-Za-z0-9_-]*$/.test(base64url)) return null
  try {
    return Uint8Array.from(atob(base64url.replaceAll('-', '+').replaceAll('_', '/')), (each) => each.charCodeAt(0))
  } catch {
    return null
  }
}
