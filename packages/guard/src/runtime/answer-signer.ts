import { createHmac, createPrivateKey, type KeyObject, sign } from 'node:crypto'
import {
  type AccountId,
  type AnswerAddress,
  type InForceAnswer,
  type SignedInForceAnswer,
  type StateTag,
  signedBytes,
} from '@tidegate/protocol'
import type { LedgerKeys } from '../core/ledger.ts'

/** 12 of the 32 bytes: 16 characters in a header. A tag guards nothing (to forge one makes a client ask), it only must not repeat by chance. */
const TAG_BYTES = 12

/** Makes a node's words its own: signs answers, and MACs state tags. Both without waiting, in tens of microseconds. */
export class AnswerSigner {
  readonly publicKey: { readonly keyId: string; readonly publicKey: string }
  readonly #signingKey: KeyObject
  readonly #tagKey: Uint8Array

  constructor(keys: LedgerKeys) {
    this.#signingKey = createPrivateKey({ key: Buffer.from(keys.signingKey), format: 'der', type: 'pkcs8' })
    this.#tagKey = keys.tagKey
    this.publicKey = { keyId: keys.keyId, publicKey: Buffer.from(keys.publicKey).toString('base64url') }
  }

  sign(answer: InForceAnswer, address: AnswerAddress): SignedInForceAnswer {
    const payload = JSON.stringify(answer)
    const signature = sign(null, signedBytes(payload, address), this.#signingKey).toString('base64url')
    return { keyId: this.publicKey.keyId, payload, signature }
  }

  /** A name for an account in logs: the same in all of them, so that its lines can be joined, and no way back to the account. */
  alias(accountId: AccountId): string {
    return `account:${createHmac('sha256', this.#tagKey).update(`log alias ${accountId}`).digest('hex').slice(0, 8)}`
  }

  tag(text: string): StateTag {
    const mac = createHmac('sha256', this.#tagKey).update(text).digest()
    return mac.subarray(0, TAG_BYTES).toString('base64url') as StateTag // 12 bytes are 16 characters of base64url
  }
}
