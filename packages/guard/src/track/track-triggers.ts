import { quoteLiteral } from './sql-text.ts'
import { fingerprintSql } from './track-tree.ts'
import { columnsOfRow, type TrackedCollection } from './tracked-collection.ts'

/** Names of the four triggers on a tracked table, by what sets them off. */
export function triggerNames(trackId: number) {
  return {
    insert: `tidegate_track_${trackId}_insert`,
    update: `tidegate_track_${trackId}_update`,
    delete: `tidegate_track_${trackId}_delete`,
    truncate: `tidegate_track_${trackId}_truncate`,
  }
}

/**
 * The statement-level triggers of one tracked table, as SQL. Each appends, per account and bucket of its statement,
 * the items that differ as one change row and what that adds as one delta; it takes no lock that another writer waits
 * for. What becomes of them happens at commit, in `track_fold`.
 *
 * An update that leaves ordinal, contentHash and payloadBytes of every item as they were appends nothing at all.
 */
export function trackTriggersSql(tracked: TrackedCollection): string {
  const names = triggerNames(tracked.trackId)
  const body = `
DECLARE
  one record;
  number int8;
BEGIN
  IF TG_OP = 'UPDATE' THEN${recordOneSql(tracked)}
  END IF;
  IF TG_OP = 'INSERT' THEN${recordSql(tracked, oneSided(tracked, 'new_rows', 1))}
  ELSIF TG_OP = 'UPDATE' THEN${recordSql(tracked, bothSides(tracked))}
  ELSIF TG_OP = 'DELETE' THEN${recordSql(tracked, oneSided(tracked, 'old_rows', -1))}
  ELSE${recordSql(tracked, oneSided(tracked, tracked.tableName, -1))}
  END IF;
  RETURN NULL;
END`
  const fn = functionName(tracked.trackId)
  const run = `FOR EACH STATEMENT EXECUTE FUNCTION ${fn}()`
  // SECURITY DEFINER: whoever may write the table may have its changes recorded, and needs no right to the schema.
  return `
CREATE FUNCTION ${fn}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS ${quoteLiteral(body)};
CREATE TRIGGER ${names.insert} AFTER INSERT ON ${tracked.tableName} REFERENCING NEW TABLE AS new_rows ${run};
CREATE TRIGGER ${names.update} AFTER UPDATE ON ${tracked.tableName} REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows ${run};
CREATE TRIGGER ${names.delete} AFTER DELETE ON ${tracked.tableName} REFERENCING OLD TABLE AS old_rows ${run};
CREATE TRIGGER ${names.truncate} BEFORE TRUNCATE ON ${tracked.tableName} ${run};`
}

export function dropTriggersSql(trackId: number, tableName: string, tableExists: boolean): string {
  const drops = tableExists
    ? Object.values(triggerNames(trackId)).map((name) => `DROP TRIGGER IF EXISTS ${name} ON ${tableName};`)
    : []
  return [...drops, `DROP FUNCTION IF EXISTS ${functionName(trackId)}();`].join('\n')
}

function functionName(trackId: number): string {
  return `tidegate.track_${trackId}`
}

/** Inserted or deleted rows: what they hold is added or taken away, and each is a change. */
function oneSided(tracked: TrackedCollection, rows: string, sign: 1 | -1): string {
  const r = columnsOfRow(tracked.definition, 'r')
  return `SELECT ${r.accountId}, ${r.itemId}, ${r.ordinal}, ${r.contentHash}, ${r.payloadBytes}, ${sign}, true FROM ${rows} AS r`
}

/**
 * Updated rows, paired by account and id; one that changed its account or id has an old side there and a new one here.
 * The new side is the change, or the old one where there is no new.
 */
function bothSides(tracked: TrackedCollection): string {
  const o = columnsOfRow(tracked.definition, 'o')
  const n = columnsOfRow(tracked.definition, 'n')
  return `SELECT side.* FROM old_rows AS o
    FULL JOIN new_rows AS n ON ${o.accountKey} = ${n.accountKey} AND ${o.itemKey} = ${n.itemKey}
    CROSS JOIN LATERAL (VALUES
      (${o.accountId}, ${o.itemId}, ${o.ordinal}, ${o.contentHash}, ${o.payloadBytes}, -1, ${n.ordinal} IS NULL),
      (${n.accountId}, ${n.itemId}, ${n.ordinal}, ${n.contentHash}, ${n.payloadBytes}, 1, true)
    ) AS side (account_id, item_id, ordinal, content_hash, payload_bytes, sign, is_change)
    WHERE side.ordinal IS NOT NULL AND (${o.ordinalKey} IS DISTINCT FROM ${n.ordinalKey}
      OR ${o.contentHash} IS DISTINCT FROM ${n.contentHash}
      OR ${o.payloadBytes} IS DISTINCT FROM ${n.payloadBytes})`
}

/** The update of a single row, which most writes are, without the joining and grouping that many rows need. */
function recordOneSql(tracked: TrackedCollection): string {
  const o = columnsOfRow(tracked.definition, 'o')
  const n = columnsOfRow(tracked.definition, 'n')
  return `
    IF (SELECT count(*) FROM (SELECT FROM new_rows LIMIT 2) AS seen) = 1 THEN
      SELECT ${n.accountId} AS account_id, ${n.itemId} AS item_id, ${n.ordinal} AS ordinal,
        ${o.contentHash} AS old_hash, ${n.contentHash} AS new_hash, ${o.payloadBytes} AS old_bytes, ${n.payloadBytes} AS new_bytes
      INTO one FROM old_rows AS o, new_rows AS n
      WHERE ${o.accountKey} = ${n.accountKey} AND ${o.itemKey} = ${n.itemKey} AND ${o.ordinalKey} = ${n.ordinalKey};
      IF FOUND THEN
        IF one.old_hash = one.new_hash AND one.old_bytes = one.new_bytes THEN
          RETURN NULL;
        END IF;
        number := nextval('tidegate.track_chunk');
        INSERT INTO tidegate.track_change VALUES (number, one.account_id, 1, ARRAY[one.item_id], ARRAY[one.ordinal]);
        INSERT INTO tidegate.track_delta VALUES (pg_current_xact_id(), ${tracked.trackId}, one.account_id,
          one.ordinal / ${tracked.definition.ordinalsPerBucket}, number, 1, 0, one.new_bytes - one.old_bytes,
          ${fingerprintSql(tracked, { itemId: 'one.item_id', contentHash: 'one.old_hash' })}
            # ${fingerprintSql(tracked, { itemId: 'one.item_id', contentHash: 'one.new_hash' })}, true);
        RETURN NULL;
      END IF;
    END IF;`
}

/** @param sidesSql what is added and taken away: account_id, item_id, ordinal, content_hash, payload_bytes, sign, is_change */
function recordSql(tracked: TrackedCollection, sidesSql: string): string {
  const { trackId, definition } = tracked
  // The chunk's number is drawn only when a first row asks for it, so a statement that changes nothing writes nothing.
  return `
    WITH side (account_id, item_id, ordinal, content_hash, payload_bytes, sign, is_change) AS (
      ${sidesSql}
    ), bucket AS MATERIALIZED (
      SELECT account_id, ordinal / ${definition.ordinalsPerBucket} AS bucket, count(*) FILTER (WHERE is_change) AS change_count,
        1 - count(*) FILTER (WHERE is_change)
          + sum(count(*) FILTER (WHERE is_change)) OVER (PARTITION BY account_id ORDER BY ordinal / ${definition.ordinalsPerBucket}) AS first_number,
        sum(sign) AS item_count, sum(sign * payload_bytes) AS payload_bytes,
        bit_xor(${fingerprintSql(tracked, { itemId: 'item_id', contentHash: 'content_hash' })}) AS fingerprint,
        array_agg(item_id) FILTER (WHERE is_change) AS item_ids, array_agg(ordinal) FILTER (WHERE is_change) AS ordinals
      FROM side GROUP BY 1, 2
    ), chunk AS MATERIALIZED (
      SELECT nextval('tidegate.track_chunk') AS chunk_id
    ), logged AS (
      INSERT INTO tidegate.track_change (chunk_id, account_id, first_number, item_ids, ordinals)
      SELECT (SELECT chunk_id FROM chunk), account_id, first_number, item_ids, ordinals
      FROM bucket WHERE change_count > 0
    )
    INSERT INTO tidegate.track_delta
      (xact_id, track_id, account_id, bucket, chunk_id, change_count, item_count, payload_bytes, fingerprint, is_first)
    SELECT pg_current_xact_id(), ${trackId}, account_id, bucket, (SELECT chunk_id FROM chunk),
      change_count, item_count, payload_bytes, fingerprint, row_number() OVER () = 1
    FROM bucket;`
}
