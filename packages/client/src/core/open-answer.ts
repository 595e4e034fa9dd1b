import { type AnswerAddress, InForceAnswer, isServed, type SignedInForceAnswer, signedBytes } from '@tidegate/protocol'
import { type GuardKey, isSigned } from './guard-key.ts'

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
  /** Signed with a key that is not among those known: another key may vouch for it. */
  | { readonly kind: 'unknown-key'; readonly problem: string }
  | { readonly kind: 'invalid'; readonly problem: string }

/**
 * Whether a signed answer is one: a known key's signature over this account, client and nonce and the very text, an
 * answer by its schema and version, and younger than its validity, which counts from when the question was sent (C2).
 * Anything else is no answer at all (C6).
 */
export function openAnswer(signed: SignedInForceAnswer, asked: Asked, nowMs: number): OpenedAnswer {
  const key = asked.guardKeys.find(({ keyId }) => keyId === signed.keyId)
  if (key === undefined) {
    return { kind: 'unknown-key', problem: `No valid answer: it is signed with the unknown key ${signed.keyId}` }
  }
  if (!isSigned(key, signedBytes(signed.payload, asked.address), signed.signature)) {
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
