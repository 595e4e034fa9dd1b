import { createHash } from 'node:crypto'
import { type AccountId, Action, CauseId, Scope } from '@tidegate/protocol'
import { z } from 'zod'
import type { FlagRecord } from '../core/egress/egress-ledger.ts'
import type { ResetFlag } from '../core/egress/event-stream.ts'
import { GroupWriter } from '../runtime/group-writer.ts'

/** Flags of one transaction: a burst of a million accounts is a thousand writes, each a proposal that a node can file by account. */
const MAX_GROUP = 1_000
/** Flags remembered as recorded, some 10 MB; a forgotten one is asked of the ledger once more, and is not new there. */
const REMEMBERED = 100_000

/** What PostgreSQL cannot store: U+0000 and halves of surrogate pairs. */
const UNSTORABLE = /[\0\p{Cs}]/gu
const MAX_REASON = 500

/**
 * A flag as it is recorded. What says whom it resets and how much must be as declared; what only describes it may be
 * anything, because a stream would end at such a flag for ever: a bad reason or life is none, and the verdict holds that.
 */
const SpokenFlag = z.object({
  causeId: CauseId,
  action: Action.default('verify'),
  scope: Scope.default({ kind: 'account' }),
  reason: z
    .string()
    .transform((text) => storable(text) || null)
    .nullable()
    .catch(null)
    .default(null),
  expiresInMs: z.int().min(0).max(34_560_000_000).nullable().catch(null).default(null),
})

function storable(text: string): string {
  return [...text.replace(UNSTORABLE, '').trim()].slice(0, MAX_REASON).join('').trimEnd()
}

/**
 * Makes flags durable, each once. A burst is written group by group, and whoever meets a flag that is being written waits
 * for the same write.
 */
export class FlagBook {
  readonly #stream: string
  readonly #writer: GroupWriter<FlagRecord, true>
  readonly #recorded = new Set<string>()
  readonly #underWay = new Map<string, Promise<true>>()

  /** @param write makes flags durable, all or none */
  constructor(stream: string, write: (flags: readonly FlagRecord[]) => Promise<void>) {
    this.#stream = stream
    this.#writer = new GroupWriter(async (flags) => {
      await write(flags)
      return flags.map(() => true as const)
    }, MAX_GROUP)
  }

  /** Resolves when the flag is durable. @throws what writing throws, and ZodError for a flag that cannot be one */
  record(accountId: AccountId, flag: ResetFlag): Promise<true> {
    const flagKey = flagKeyOf(accountId, flag)
    if (this.#recorded.has(flagKey)) return Promise.resolve(true as const)
    const known = this.#underWay.get(flagKey)
    if (known) return known
    const written = this.#write(flagKey, accountId, flag).finally(() => this.#underWay.delete(flagKey))
    this.#underWay.set(flagKey, written)
    return written
  }

  async #write(flagKey: string, accountId: AccountId, flag: ResetFlag): Promise<true> {
    await this.#writer.add({ ...SpokenFlag.parse(flag), flagKey, accountId, stream: this.#stream })
    if (this.#recorded.size >= REMEMBERED) this.#recorded.clear()
    this.#recorded.add(flagKey)
    return true
  }
}

/** One per cause, account and occurrence; hashed, because together they may be long. */
function flagKeyOf(accountId: AccountId, { causeId, occurrence }: ResetFlag): string {
  const parts = JSON.stringify([causeId, accountId, occurrence ?? null])
  return createHash('sha256').update(parts).digest('base64url')
}
