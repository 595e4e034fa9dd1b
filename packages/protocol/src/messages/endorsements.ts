import { z } from 'zod'
import { KeyId } from '../ids.ts'
import { ProtocolVersion } from '../version.ts'
import { forAccount } from './for-account.ts'
import { KeyEndorsement, KeyRevocation } from './key-endorsement.ts'

/** Most keys of one ledger that are told of, the newest: at one rotation a quarter that is sixteen years. */
export const MAX_TOLD_KEYS = 64

/**
 * Client to guard: an answer came that is signed with a key it does not know; which keys vouch for it? Asked once in a
 * while at most, since whoever can forge an answer can name any key.
 */
export const EndorsementsRequest = z.object({
  ...forAccount,
  protocol: ProtocolVersion,
  /** Keys the client knows already, so that they are left out. */
  knownKeyIds: z.array(KeyId).max(MAX_TOLD_KEYS),
})
export type EndorsementsRequest = z.infer<typeof EndorsementsRequest>

/** Guard to client. Not signed as a whole: each part carries the signature that counts. */
export const Endorsements = z.object({
  /** Oldest first, so that each stands behind the one that vouches for its signer. */
  endorsements: z.array(KeyEndorsement).max(MAX_TOLD_KEYS),
  revocations: z.array(KeyRevocation).max(MAX_TOLD_KEYS),
})
export type Endorsements = z.infer<typeof Endorsements>
