import { z } from 'zod'

/**
 * Names that must not mix. Each is branded where it is parsed, so that a client id cannot be handed over as an account id.
 *
 * An id is 1..128 Unicode code points (what PostgreSQL's `length` counts) without control characters and without lone
 * surrogates: U+0000 cannot be stored by PostgreSQL, and a lone surrogate has no UTF-8 form, so neither could be hashed
 * alike in TypeScript and in SQL. U+FEFF is not allowed either: readers of UTF-8 (PGlite's is one) take a leading one for
 * a byte order mark and drop it, so an id would come back as another, or as none. Ids are compared as they are; nothing
 * is trimmed, folded or normalised.
 */
const idText = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[^\p{Cc}\p{Cs}\uFEFF]+$/u, 'must not contain control characters, lone surrogates or U+FEFF')

export const AccountId = idText.brand<'AccountId'>()
export type AccountId = z.infer<typeof AccountId>

/** One installation of an app for one account. Chosen by the client at its first start, kept in its store. */
export const ClientId = idText.brand<'ClientId'>()
export type ClientId = z.infer<typeof ClientId>

export const SignalId = idText.brand<'SignalId'>()
export type SignalId = z.infer<typeof SignalId>

export const CauseId = idText.brand<'CauseId'>()
export type CauseId = z.infer<typeof CauseId>

export const CollectionName = idText.max(64).brand<'CollectionName'>()
export type CollectionName = z.infer<typeof CollectionName>

/** Opaque name of an item in its collection. Never a mail's Message-ID: real mailboxes repeat and omit them. */
export const ItemId = idText.brand<'ItemId'>()
export type ItemId = z.infer<typeof ItemId>

/** What the host app computed over what clients store of an item: opaque, compared for equality only. */
export const ContentHash = idText.brand<'ContentHash'>()
export type ContentHash = z.infer<typeof ContentHash>

/** Something with capacity: one storage shard or layer. The host app says which one an account lives on. */
export const ResourceId = idText.max(64).brand<'ResourceId'>()
export type ResourceId = z.infer<typeof ResourceId>

export const LeaseId = idText.brand<'LeaseId'>()
export type LeaseId = z.infer<typeof LeaseId>

/** The ledger's incarnation. It changes when the ledger was restored or promoted with a lost tail. */
export const Epoch = idText.max(64).brand<'Epoch'>()
export type Epoch = z.infer<typeof Epoch>

/** Names a signing key of the guard. */
export const KeyId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,16}$/, 'must be 1 to 16 characters of base64url')
  .brand<'KeyId'>()
export type KeyId = z.infer<typeof KeyId>

/** Drawn anew by the client for each question, so that an old answer cannot be replayed. */
export const Nonce = z
  .string()
  .regex(/^[A-Za-z0-9_-]{16,32}$/, 'must be 16 to 32 characters of base64url')
  .brand<'Nonce'>()
export type Nonce = z.infer<typeof Nonce>

/** Chosen by the caller; the same key twice is the same request once. */
export const IdempotencyKey = idText.brand<'IdempotencyKey'>()
export type IdempotencyKey = z.infer<typeof IdempotencyKey>

/** Who did it: a person or a service, as the host app names them. */
export const Actor = idText.brand<'Actor'>()
export type Actor = z.infer<typeof Actor>
