import { CollectionName } from '@tidegate/protocol'
import { z } from 'zod'

/**
 * Ordinals per leaf of the digest tree. A leaf is told by 64 ordinals, so a mailbox from which half the mail was deleted
 * still has 32 items in each, the least at which comparing leaves beats sending ids (DESIGN: leaves of at least 32 items);
 * and an odd end of a range costs at most 63 rows to hash.
 */
export const DEFAULT_ORDINALS_PER_BUCKET = 64

const columnName = z.string().min(1).max(63)

const columns = z.strictObject({
  accountId: columnName,
  itemId: columnName,
  ordinal: columnName,
  revision: columnName,
  contentHash: columnName,
  payloadBytes: columnName,
})

const Options = z.strictObject({
  table: z.string().min(1),
  collection: CollectionName,
  columns: z.union([
    columns.extend({ payload: columnName }),
    columns.extend({ payloadExpression: z.string().trim().min(1) }),
  ]),
  ordinalsPerBucket: z.int().min(1).max(1_000_000).default(DEFAULT_ORDINALS_PER_BUCKET),
})

/** Which column says what; all of them NOT NULL. Types: text, varchar, uuid or an integer for ids, integers for numbers. */
export interface TrackColumns {
  readonly accountId: string
  /** With `accountId` under a unique index. */
  readonly itemId: string
  /** From 0, given at creation, never reused; with `accountId` under a unique index. */
  readonly ordinal: string
  readonly revision: string
  /** Covers everything clients store, and nothing else. Any type; its text counts. */
  readonly contentHash: string
  readonly payloadBytes: string
}

export interface TrackOptions {
  /** As in SQL: `mailbox.message`, quoted where SQL would need it. */
  readonly table: string
  readonly collection: string
  /**
   * `payload` names a column, of any type that `to_jsonb` takes. `payloadExpression` is SQL over a row called `item`,
   * `item.headers || jsonb_build_object('labels', item.labels)` for instance; it is run as it is, so it is code, never input.
   */
  readonly columns:
    | (TrackColumns & { readonly payload: string })
    | (TrackColumns & { readonly payloadExpression: string })
  /** Default {@link DEFAULT_ORDINALS_PER_BUCKET}. */
  readonly ordinalsPerBucket?: number
}

/** Thrown when a table cannot be tracked as asked; nothing was installed. */
export class TrackError extends Error {
  override readonly name = 'TrackError'
}

/** @throws TrackError that says which option is wrong */
export function parseTrackOptions(options: TrackOptions): z.infer<typeof Options> {
  const parsed = Options.safeParse(options)
  if (parsed.success) return parsed.data
  const what = typeof options?.table === 'string' ? options.table : 'a table'
  throw new TrackError(`Cannot track ${what}: ${z.prettifyError(parsed.error)}`, { cause: parsed.error })
}

export type ParsedTrackOptions = z.infer<typeof Options>
