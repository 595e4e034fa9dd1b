import { Epoch } from '@tidegate/protocol'
import { z } from 'zod'
import type { EpochBegun, EpochReading } from '../core/ledger.ts'
import { epochEnd, type LedgerPlace, type LedgerSighting } from '../core/ledger-place.ts'
import type { Sql } from '../sql.ts'
import { GUARD_ACTOR } from './judge.ts'
import type { LedgerContext } from './ledger-context.ts'
import { lockLedger, recordDecision } from './ledger-row.ts'
import { STORE_IDENTITY } from './store-identity.ts'

/**
 * Remembers how far a node knew its ledger to be, and begins a new epoch when that is not there any more: after a restore
 * from a backup, or the promotion of a standby that lacked the newest part. Decided under the ledger's lock, so that of
 * several nodes that notice one begins it. A copied data directory that only nodes without memory have seen looks like
 * what it was copied from.
 */
export class EpochWatch {
  #known: LedgerPlace | null = null

  async read(context: LedgerContext, nowMs: number): Promise<EpochReading> {
    const known = this.#known
    const seen = await see(context.database, known)
    if (epochEnd(known, seen) === null) return this.#learn(seen.place, null)
    const { place, begun } = await context.database.transaction((sql) => beginEpoch(sql, context, known, nowMs))
    return this.#learn(place, begun)
  }

  #learn(place: LedgerPlace, begun: EpochBegun | null): EpochReading {
    const known = this.#known
    // Reads may end in another order than they began: what an older one brings is no news.
    if (known === null || known.epoch !== place.epoch || known.revision <= place.revision) this.#known = place
    return { epoch: place.epoch, begun }
  }
}

/** @returns the ledger's place afterwards, in the epoch it has, whoever began it */
async function beginEpoch(
  sql: Sql,
  context: LedgerContext,
  known: LedgerPlace | null,
  nowMs: number,
): Promise<{ readonly place: LedgerPlace; readonly begun: EpochBegun | null }> {
  await lockLedger(sql)
  const { place: found, store, writtenStore, ...seen } = await see(sql, known)
  const because = epochEnd(known, { place: found, store, writtenStore, ...seen })
  if (because === null) return { place: found, begun: null }
  const epoch = context.newId()
  // Higher than what this node knew: operators compare revisions.
  await sql.query(
    'UPDATE tidegate_ledger.ledger SET epoch = $1, store_identity = $2, revision = greatest(revision, $3::bigint)',
    [epoch, store, known?.revision ?? 0],
  )
  const begun = {
    because,
    epochBefore: found.epoch,
    storeBefore: writtenStore,
    store,
    known: known && toldOf(known),
    found: toldOf(found),
  }
  await recordDecision(sql, nowMs, [{ kind: 'epoch-begun', actor: GUARD_ACTOR, evidence: { epoch, ...begun } }])
  return { place: (await see(sql, null)).place, begun }
}

function toldOf({ epoch, revision, head }: LedgerPlace): EpochBegun['found'] {
  return { epoch, revision, eventNo: head.eventNo, sha256: head.sha256 }
}

const SeenRow = z.object({
  epoch: Epoch,
  revision: z.number(),
  head_event_no: z.number(),
  head_sha256: z.string(),
  store: z.string(),
  written_store: z.string(),
  has_known_head: z.boolean(),
})

async function see(sql: Sql, known: LedgerPlace | null): Promise<LedgerSighting> {
  const { eventNo, sha256 } = known?.head ?? { eventNo: 0, sha256: '' }
  const [found] = await sql.query(
    `SELECT epoch, revision, head_event_no, head_sha256, ${STORE_IDENTITY} AS store, store_identity AS written_store,
       $1::bigint = 0 OR pruned_event_no > $1::bigint
         OR EXISTS (SELECT FROM tidegate_ledger.event WHERE event_no = $1::bigint AND event_sha256 = $2)
         OR EXISTS (SELECT FROM tidegate_ledger.event WHERE event_no = $1::bigint + 1 AND previous_sha256 = $2) AS has_known_head
     FROM tidegate_ledger.ledger`,
    [eventNo, sha256],
  )
  const row = SeenRow.parse(found)
  return {
    place: { epoch: row.epoch, revision: row.revision, head: { eventNo: row.head_event_no, sha256: row.head_sha256 } },
    store: row.store,
    writtenStore: row.written_store,
    hasKnownHead: row.has_known_head,
  }
}
