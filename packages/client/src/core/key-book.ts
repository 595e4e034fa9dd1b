import {
  type Endorsements,
  endorsementBytes,
  type KeyEndorsement,
  KeyId,
  MAX_TOLD_KEYS,
  revocationBytes,
} from '@tidegate/protocol'
import { type GuardKey, isSigned } from './guard-key.ts'

/** A key that another one vouched for. */
export interface LearntKey extends GuardKey {
  readonly keyId: KeyId
  readonly endorsedBy: KeyId
}

/** What a client learnt about signing keys since its app was built; kept with the cache, so that a chain of rotations works. */
export interface KeyBook {
  readonly learnt: readonly LearntKey[]
  /** Keys whose word counts no longer, also those that the app ships with. */
  readonly outKeyIds: readonly KeyId[]
  /** The oldest key that still counts, as the guard said when the client last asked for endorsements. */
  readonly oldestKeyId: KeyId | null
}

export const EMPTY_KEY_BOOK: KeyBook = { learnt: [], outKeyIds: [], oldestKeyId: null }

/** Retired keys that are remembered: far more than a ledger has in the life of an app. */
const OUT_LIMIT = 4 * MAX_TOLD_KEYS

/** @returns the keys whose signature counts: those that the app ships with and those learnt, without what is out */
export function trustedKeys(embedded: readonly GuardKey[], { learnt, outKeyIds }: KeyBook): readonly GuardKey[] {
  const out = new Set<string>(outKeyIds)
  const shipped = new Set(embedded.map(({ keyId }) => keyId))
  const added = learnt.filter(({ keyId }) => !shipped.has(keyId))
  return [...embedded, ...added].filter(({ keyId }) => !out.has(keyId))
}

/**
 * Takes in what a guard told of its keys. Nothing of it is believed for who told it: an endorsement counts when a trusted
 * key signed it, whatever its place in the list, and a revocation when the key itself did. A key that was stolen is out,
 * with everything that is trusted through it alone: nobody can tell which of it was the thief's.
 */
export function learn(embedded: readonly GuardKey[], book: KeyBook, told: Endorsements): KeyBook {
  const stolen = [...embedded, ...book.learnt].filter((key) =>
    told.revocations.some(
      ({ keyId, signature }) => keyId === key.keyId && isSigned(key, revocationBytes(keyId), signature),
    ),
  )
  let known = withoutStolen(embedded, book, new Set(stolen.map(({ keyId }) => keyId)))
  // In whatever order the links of a chain were told, each pass follows it by one at least.
  for (let isNew = true; isNew && known.learnt.length < MAX_TOLD_KEYS; ) {
    const trusted = trustedKeys(embedded, known)
    const fresh = told.endorsements.find((each) => isNews(embedded, known, each) && isEndorsed(trusted, each))
    isNew = fresh !== undefined
    if (fresh) known = { ...known, learnt: [...known.learnt, learntFrom(fresh)] }
  }
  return known
}

/**
 * Takes in, from a valid answer, which key is the oldest that still counts: those before it are out. Only a key that came
 * after another may say that its time is over, or whoever steals an old key could put the new ones out.
 */
export function settle(book: KeyBook, signerKeyId: KeyId, oldestKeyId: KeyId | undefined): KeyBook {
  if (oldestKeyId === undefined || book.oldestKeyId === oldestKeyId) return book
  const isHeir = signerKeyId === oldestKeyId || forebears(book, signerKeyId).includes(oldestKeyId)
  return { ...(isHeir ? putOut(book, forebears(book, oldestKeyId)) : book), oldestKeyId }
}

/** The keys that vouched for this one, and for those in turn. */
function forebears({ learnt }: KeyBook, keyId: KeyId): readonly KeyId[] {
  const found: KeyId[] = []
  for (let at: KeyId | undefined = keyId; at !== undefined; ) {
    const from: KeyId | undefined = learnt.find((key) => key.keyId === at)?.endorsedBy
    if (from !== undefined && found.includes(from)) break
    if (from !== undefined) found.push(from)
    at = from
  }
  return found
}

/** What is left when these keys count no longer: what the app ships with, and what that vouches for without them. */
function withoutStolen(embedded: readonly GuardKey[], book: KeyBook, stolenIds: ReadonlySet<string>): KeyBook {
  if (stolenIds.size === 0) return book
  const rooted = new Set(embedded.map(({ keyId }) => keyId).filter((keyId) => !stolenIds.has(keyId)))
  for (const { keyId, endorsedBy } of book.learnt)
    if (rooted.has(endorsedBy) && !stolenIds.has(keyId)) rooted.add(keyId)
  const stolen = [...stolenIds].map((keyId) => KeyId.parse(keyId))
  return { ...putOut(book, stolen), learnt: book.learnt.filter(({ keyId }) => rooted.has(keyId)) }
}

function putOut(book: KeyBook, keyIds: readonly KeyId[]): KeyBook {
  return { ...book, outKeyIds: [...new Set([...book.outKeyIds, ...keyIds])].slice(-OUT_LIMIT) }
}

/** An endorsement that adds something: no second word for a key, no other key of a name that is taken, and no circle. */
function isNews(
  embedded: readonly GuardKey[],
  book: KeyBook,
  { keyId, publicKey, endorsedBy }: KeyEndorsement,
): boolean {
  if (keyId === endorsedBy || forebears(book, endorsedBy).includes(keyId)) return false
  if (book.outKeyIds.includes(keyId) || book.learnt.some((key) => key.keyId === keyId)) return false
  return embedded.every((key) => key.keyId !== keyId || key.publicKey === publicKey)
}

function isEndorsed(trusted: readonly GuardKey[], { signature, ...said }: KeyEndorsement): boolean {
  return trusted.some((key) => key.keyId === said.endorsedBy && isSigned(key, endorsementBytes(said), signature))
}

function learntFrom({ keyId, publicKey, endorsedBy }: KeyEndorsement): LearntKey {
  return { keyId, publicKey, endorsedBy }
}
