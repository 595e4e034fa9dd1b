import { z } from 'zod'
import { KeyId } from '../../ids.ts'
import { DurationMs, EpochMs, Sentence } from '../../quantities.ts'
import { MAX_TOLD_KEYS } from '../endorsements.ts'
import { PublicKey } from '../key-endorsement.ts'

/**
 * How long a key is announced before it signs, at least. A node answers nobody once its knowledge of the ledger is ten
 * seconds old, so from ten seconds on every node that answers knows the key; the other fifty are for clocks of nodes that differ.
 */
export const KEY_NOTICE_MS = 60_000

/**
 * `announced`: known to clients, signs nothing yet. `active`: signs every answer. `former`: signs nothing any more, and
 * still counts. `retired`: counts no longer, and its private part was erased. `revoked`: somebody said that it was stolen.
 */
export const SigningKeyState = z.enum(['announced', 'active', 'former', 'retired', 'revoked'])
export type SigningKeyState = z.infer<typeof SigningKeyState>

/** A signing key as everybody may see it. */
export const SigningKey = z.object({
  keyId: KeyId,
  publicKey: PublicKey,
  state: SigningKeyState,
  /** The key that vouches for it; null for a first key, and for one whose predecessor was stolen. */
  endorsedBy: KeyId.nullable(),
  announcedAtMs: EpochMs,
  activatesAtMs: EpochMs,
})
export type SigningKey = z.infer<typeof SigningKey>

/** Viewer to guard: nothing to ask with, so an empty object. */
export const SigningKeysRequest = z.object({})
export type SigningKeysRequest = z.infer<typeof SigningKeysRequest>

/** Guard to staff: the ledger's keys, oldest first; the newest 64. An app embeds those that are `announced` or `active`. */
export const SigningKeys = z.object({ keys: z.array(SigningKey).max(MAX_TOLD_KEYS) })
export type SigningKeys = z.infer<typeof SigningKeys>

/**
 * Operator to guard: make a new signing key, announce it, and let it take over after `activateInMs`. A long time leaves
 * room to ship it inside the app: then even the theft of the active key locks nobody out.
 */
export const RotateKey = z.object({
  activateInMs: DurationMs.min(KEY_NOTICE_MS).default(KEY_NOTICE_MS),
  reason: Sentence,
})
export type RotateKey = z.infer<typeof RotateKey>

/**
 * Operator to guard: this key was stolen. When it is the active one, the announced key takes over, or a new one, which no
 * other vouches for: clients that know neither keep their cache and do nothing until a release of the app brings it.
 */
export const RevokeKey = z.object({ keyId: KeyId, reason: Sentence })
export type RevokeKey = z.infer<typeof RevokeKey>
