import type { Actor } from '@tidegate/protocol'
import type { ChainBreak } from '../core/chain-check.ts'
import type { SqlDatabase } from '../sql.ts'
import { lockLedger, recordDecision } from './ledger-row.ts'
import { type EventsVerified, verifyEvents } from './verify-events.ts'

/**
 * Events looked at when a ledger is opened, the newest ones: 0.3 s of PGlite, measured on two cores. The whole chain is
 * `audit`'s, on demand. Whoever cuts, changes or adds at the end is found here, since the head in the ledger's row says
 * what the end was.
 */
const CHECKED_AT_START = 10_000

/** Named in the message of {@link BrokenChain}; the others are counted. */
const BREAKS_TOLD = 3

/** Thrown when a ledger's events are not what was written. Whoever opened it can accept that, with a reason. */
export class BrokenChain extends Error {
  override readonly name = 'BrokenChain'
  readonly breaks: readonly ChainBreak[]

  constructor(breaks: readonly ChainBreak[]) {
    const more = breaks.length > BREAKS_TOLD ? ` and ${breaks.length - BREAKS_TOLD} more` : ''
    const told = breaks.slice(0, BREAKS_TOLD).map(({ message }) => message)
    super(
      `Cannot open the ledger: its record of decisions is not what was written: ${told.join('; ')}${more}. Compare it with a backup; to go on with it as it is, accept the break with a reason`,
    )
    this.breaks = breaks
  }
}

/** Opens a ledger whose chain is broken, and writes down who did and why. A later break, or another one, is not accepted. */
export interface AcceptBrokenChain {
  readonly by: Actor
  readonly reason: string
  /** The guard's clock. */
  readonly nowMs: number
}

/** @throws BrokenChain when the newest events are not what was written, and nobody accepted that */
export async function checkAtStart(database: SqlDatabase, accept: AcceptBrokenChain | undefined): Promise<void> {
  const found = unaccepted(await verifyEvents(database, { newest: CHECKED_AT_START }))
  if (found.length === 0) return
  if (accept === undefined) throw new BrokenChain(found)
  await database.transaction(async (sql) => {
    await lockLedger(sql)
    // Events behind the end are kept: the chain goes on behind them.
    await sql.query(
      `UPDATE tidegate_ledger.ledger SET head_event_no = event.event_no, head_sha256 = event.event_sha256
       FROM (SELECT event_no, event_sha256 FROM tidegate_ledger.event ORDER BY event_no DESC LIMIT 1) AS event
       WHERE event.event_no > head_event_no`,
    )
    const breaks = unaccepted(await verifyEvents(sql, { newest: CHECKED_AT_START }))
    const evidence = { breaks: breaks.map(({ eventNo, message }) => ({ eventNo, message })) }
    await recordDecision(sql, accept.nowMs, [
      { kind: 'chain-break-accepted', actor: accept.by, reason: accept.reason, evidence },
    ])
  })
}

function unaccepted({ breaks }: EventsVerified): ChainBreak[] {
  return breaks.filter(({ accepted }) => accepted === null)
}
