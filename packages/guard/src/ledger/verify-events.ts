import { ChainCheck, type ChainFindings, type ChainFrame } from '../core/chain-check.ts'
import type { ChainHead } from '../core/event-chain.ts'
import type { Sql } from '../sql.ts'
import { sha256 } from './event-hash.ts'
import { readEvents, readFrame } from './event-log.ts'

/** Events read at a time: a megabyte or two. */
const PAGE = 2000
/** A prune may pass while the first events are read; then everything is read anew. Nobody prunes three times in a row by chance. */
const MAX_ROUNDS = 3

export interface EventsVerified extends ChainFindings {
  readonly frame: ChainFrame
  /** Events read. */
  readonly eventCount: number
}

export interface VerifyOptions {
  /** Only so many of the newest. Default: all there are. */
  readonly newest?: number
  readonly expected?: ChainHead | undefined
}

/**
 * Reads events up to the head as it is now and looks for breaks in their chain. Takes no lock and no long transaction: what
 * is written below the head never changes, but for a prune, which is noticed.
 */
export async function verifyEvents(sql: Sql, options: VerifyOptions = {}): Promise<EventsVerified> {
  for (let round = 1; ; round++) {
    const frame = await readFrame(sql)
    const verified = await verifyUpTo(sql, frame, options)
    if (verified.breaks.length === 0 || round === MAX_ROUNDS) return verified
    if ((await readFrame(sql)).prunedEventNo === frame.prunedEventNo) return verified
  }
}

async function verifyUpTo(sql: Sql, frame: ChainFrame, { newest, expected }: VerifyOptions): Promise<EventsVerified> {
  const { head, prunedEventNo } = frame
  const startsAfter = newest === undefined ? prunedEventNo : Math.max(prunedEventNo, head.eventNo - newest)
  const check = new ChainCheck({ sha256, startsAfter, expected })
  for (let from = startsAfter + 1; from <= head.eventNo; ) {
    const page = await readEvents(sql, from, head.eventNo, PAGE)
    for (const event of page) check.read(event)
    const last = page.at(-1)
    if (last === undefined) break
    from = last.eventNo + 1
  }
  return { ...check.finish(frame), frame, eventCount: check.eventCount }
}
