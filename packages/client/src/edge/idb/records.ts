import {
  ChangeSeq,
  DigestScheme,
  ItemHead,
  ItemId,
  KeyId,
  Ordinal,
  PublicKey,
  RangeDigest,
  Report,
  SignalId,
} from '@tidegate/protocol'
import { z } from 'zod'
import type { CacheChange, CollectionState, CompletedSignal, ResyncAttempt, SetAsideSignal } from '../../cache.ts'
import { CacheError } from '../../core/cache-error.ts'
import type { Payload, StagedWrite } from '../../core/cache-store.ts'
import type { KeyBook } from '../../core/key-book.ts'

/**
 * What is read from disk, parsed, each by its schema. Payloads are the exception: they are the app's own JSON, up to
 * megabytes of it, and went through a schema when they came over the wire; here they are only told from "no record".
 */
const CollectionStateRecord: z.ZodType<CollectionState> = z.object({
  cursor: ChangeSeq.nullable(),
  scheme: DigestScheme.nullable(),
  whole: RangeDigest,
})

const StagedWriteRecord = z.object({
  writeId: z.string(),
  collection: z.string(),
  payload: z.custom<Payload>((value) => value !== undefined),
  place: z.int(),
})

const Count = z.int().min(0)
const SignalAtVersion = z.object({ signalId: SignalId, version: z.int() })

// Every field by name: a schema keeps only what it knows.
const ResyncAttemptRecord: z.ZodType<ResyncAttempt> = z.object({
  signalId: SignalId.nullable(),
  version: z.int(),
  attemptCount: Count,
  appliedItemCount: Count,
  appliedBytes: Count,
  consentedBytes: Count.exactOptional(),
  otherSignals: z.array(SignalAtVersion).exactOptional(),
  refetchedFrom: z.record(z.string(), Ordinal).exactOptional(),
} satisfies Record<keyof ResyncAttempt, z.ZodType>)

const CompletedRecord: z.ZodType<readonly CompletedSignal[]> = z.array(SignalAtVersion)
const SetAsideRecord: z.ZodType<readonly SetAsideSignal[]> = z.array(
  SignalAtVersion.extend({ why: z.enum(['declined', 'stuck']) }),
)

const KeyBookRecord: z.ZodType<KeyBook> = z.object({
  learnt: z.array(z.object({ keyId: KeyId, publicKey: PublicKey, endorsedBy: KeyId })),
  outKeyIds: z.array(KeyId),
  oldestKeyId: KeyId.nullable(),
})

/** What tabs tell each other about a commit. */
export const CacheChangeMessage: z.ZodType<CacheChange> = z.object({
  collection: z.string(),
  upserted: z.array(ItemId),
  deleted: z.array(ItemId),
})

export const headFrom = reader('head', ItemHead)
export const digestFrom = reader('digest', RangeDigest)
export const stateFrom = reader('collection state', CollectionStateRecord)
export const stagedFrom = reader<StagedWrite>('pending write', StagedWriteRecord)
export const attemptFrom = reader('resync attempt', ResyncAttemptRecord)
export const completedFrom = reader('list of completed signals', CompletedRecord)
export const keyBookFrom = reader('list of signing keys', KeyBookRecord)
export const setAsideFrom = reader('list of signals set aside', SetAsideRecord)

/** What an earlier release wrote and this one cannot say on the wire is left out: it is news, and nothing rests on it. */
export function unsentFrom(value: unknown): readonly Report[] {
  const reports: readonly unknown[] = Array.isArray(value) ? value : []
  return reports.flatMap((each) => Report.safeParse(each).data ?? [])
}

export function payloadFrom(value: unknown): Payload | undefined {
  return value as Payload | undefined // written by `put-payload` only, see above
}

/** @throws CacheError `damaged` when the value is not what the schema says */
function reader<T>(what: string, schema: z.ZodType<T>): (value: unknown) => T {
  return (value) => {
    const parsed = schema.safeParse(value)
    if (parsed.success) return parsed.data
    throw new CacheError('damaged', `Cannot read the cache: a ${what} on disk is damaged: ${parsed.error.message}`)
  }
}
