import {
  type ClientApi,
  type Clock,
  Endorsements,
  MAX_TOLD_KEYS,
  PROTOCOL_VERSION,
  type Random,
  type SignedInForceAnswer,
} from '@tidegate/protocol'
import type { Cache } from '../cache.ts'
import type { GuardKey } from '../core/guard-key.ts'
import { type KeyBook, learn, settle, trustedKeys } from '../core/key-book.ts'
import { type Asked, type OpenedAnswer, openAnswer } from '../core/open-answer.ts'

export interface KeyRingOptions {
  readonly api: Pick<ClientApi, 'endorsements'>
  readonly cache: Pick<Cache, 'keyBook' | 'changeKeyBook'>
  /** The keys that the app ships with. */
  readonly guardKeys: readonly GuardKey[]
  readonly clock: Clock
  readonly random: Random
}

/**
 * Between two questions for endorsements lies at least this, and at most twice as much. Whoever can forge an answer can
 * name any key, and must not make a crowd of clients ask with each of them.
 */
const ASK_AGAIN_MS = 30_000

/**
 * Opens answers with the keys that count now: those that the app ships with and their heirs. An answer signed with a key
 * that nobody vouched for yet makes it ask who does, and is then read again: a rotation costs a client one small request.
 */
export class KeyRing {
  readonly #options: KeyRingOptions
  #askAgainAtMs = Number.NEGATIVE_INFINITY

  constructor(options: KeyRingOptions) {
    this.#options = options
  }

  async open(signed: SignedInForceAnswer, asked: Omit<Asked, 'guardKeys'>): Promise<OpenedAnswer> {
    const { cache } = this.#options
    const book = await cache.keyBook()
    const opened = this.#open(signed, asked, book)
    if (!isNewsAbout(opened, book)) return opened
    const learnt = await this.#learn(book)
    if (learnt === null) return opened
    const again = this.#open(signed, asked, learnt)
    if (again.kind === 'valid')
      await cache.changeKeyBook((kept) => settle(kept, signed.keyId, again.answer.oldestKeyId))
    return again
  }

  #open(signed: SignedInForceAnswer, asked: Omit<Asked, 'guardKeys'>, book: KeyBook): OpenedAnswer {
    const { guardKeys, clock } = this.#options
    return openAnswer(signed, { ...asked, guardKeys: trustedKeys(guardKeys, book) }, clock.nowMs())
  }

  /** @returns what is known now, or null when it was asked a moment ago, or nobody answered */
  async #learn({ learnt }: KeyBook): Promise<KeyBook | null> {
    const { api, cache, clock, guardKeys, random } = this.#options
    if (clock.nowMs() < this.#askAgainAtMs) return null
    this.#askAgainAtMs = clock.nowMs() + ASK_AGAIN_MS * (1 + random())
    try {
      // Not the keys that the app ships with: which of them vouched for which is worth knowing too.
      const knownKeyIds = learnt.map(({ keyId }) => keyId).slice(-MAX_TOLD_KEYS)
      const told = Endorsements.parse(await api.endorsements({ protocol: PROTOCOL_VERSION, knownKeyIds }))
      return await cache.changeKeyBook((kept) => learn(guardKeys, kept, told))
    } catch {
      return null // C6: no answer, so nothing is known that was not known before
    }
  }
}

function isNewsAbout(opened: OpenedAnswer, { oldestKeyId }: KeyBook): boolean {
  if (opened.kind !== 'valid') return opened.kind === 'unknown-key'
  return opened.answer.oldestKeyId !== undefined && opened.answer.oldestKeyId !== oldestKeyId
}
