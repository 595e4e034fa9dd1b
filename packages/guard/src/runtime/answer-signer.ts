import { createHmac, createPrivateKey, type KeyObject, sign } from 'node:crypto'
import {
  type AccountId,
  type AnswerAddress,
  type InForceAnswer,
  type SignedInForceAnswer,
  type StateTag,
  signedBytes,
} from '@tidegate/protocol'
import type { activeKey } from '../core/signing-keys.ts'

/** 12 of the 32 bytes: 16 characters in a header. A tag guards nothing (to forge one makes a client ask), it only must not repeat by chance. */
const TAG_BYTES = 12

/** Makes a node's words its own: signs answers, and MACs state tags. Both without waiting, in tens of microseconds. */
export class AnswerSigner {
  readonly #tagKey: Uint8Array
  /** The key that signed last, read: it is the same one for months. */
  #last: { readonly keyId: string; readonly key: KeyObject } | null = null

  /** @param tagKey HMAC key, 32 bytes */
  constructor(tagKey: Uint8Array) {
    this.#tagKey = tagKey
  }

  sign(by: ReturnType<typeof activeKey>, answer: InForceAnswer, address: AnswerAddress): SignedInForceAnswer {
    const payload = JSON.stringify(answer)
    const signature = sign(null, signedBytes(payload, address), this.#keyOf(by)).toString('base64url')
    return { keyId: by.keyId, payload, signature }
  }

  #keyOf({ keyId, signingKey }: ReturnType<typeof activeKey>): KeyObject {
    if (this.#last?.keyId !== keyId) {
      const key = createPrivateKey({ key: Buffer.from(signingKey), format: 'der', type: 'pkcs8' })
      this.#last = { keyId, key }
    }
    return this.#last.key
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
