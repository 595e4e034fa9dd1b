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
 * The statement-level triggers of one tracked table, as SQL. Each appends, for its statement, one change per item that
 * differs and one delta per account and bucket; it takes no lock that another writer waits for. What becomes of them
 * happens at commit, in `track_fold`.
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
  IF TG_OP = 'INSERT' THEN${recordSql(tracked, oneSided(tracked, 'new_rows', 'new'))}
  ELSIF TG_OP = 'UPDATE' THEN${recordSql(tracked, bothSides(tracked))}
  ELSIF TG_OP = 'DELETE' THEN${recordSql(tracked, oneSided(tracked, 'old_rows', 'old'))}
  ELSE${recordSql(tracked, oneSided(tracked, tracked.tableName, 'old'))}
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

/** Inserted or deleted rows: `side` says whether what they hold is new or old. */
function oneSided(tracked: TrackedCollection, rows: string, side: 'old' | 'new'): string {
  const row = columnsOfRow(tracked.definition, 'r')
  const held = `${row.ordinal}, ${row.contentHash}, ${row.payloadBytes}`
  const nothing = 'null::int8, null::text, null::int8'
  return `SELECT ${row.accountId}, ${row.itemId}, ${side === 'old' ? `${held}, ${nothing}` : `${nothing}, ${held}`} FROM ${rows} AS r`
}

/** Updated rows, paired by account and id; one that changed its account or id has an old side there and a new one here. */
function bothSides(tracked: TrackedCollection): string {
  const o = columnsOfRow(tracked.definition, 'o')
  const n = columnsOfRow(tracked.definition, 'n')
  return `SELECT coalesce(${n.accountId}, ${o.accountId}), coalesce(${n.itemId}, ${o.itemId}),
      ${o.ordinal}, ${o.contentHash}, ${o.payloadBytes}, ${n.ordinal}, ${n.contentHash}, ${n.payloadBytes}
    FROM old_rows AS o FULL JOIN new_rows AS n ON ${o.accountKey} = ${n.accountKey} AND ${o.itemKey} = ${n.itemKey}
    WHERE ${o.ordinalKey} IS DISTINCT FROM ${n.ordinalKey}
      OR ${o.contentHash} IS DISTINCT FROM ${n.contentHash}
      OR ${o.payloadBytes} IS DISTINCT FROM ${n.payloadBytes}`
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
        INSERT INTO tidegate.track_change VALUES (number, one.account_id, 1, one.item_id, one.ordinal);
        INSERT INTO tidegate.track_delta VALUES (pg_current_xact_id(), ${tracked.trackId}, one.account_id,
          one.ordinal / ${tracked.definition.ordinalsPerBucket}, number, 1, 0, one.new_bytes - one.old_bytes,
          ${fingerprintSql(tracked, { itemId: 'one.item_id', contentHash: 'one.old_hash' })}
            # ${fingerprintSql(tracked, { itemId: 'one.item_id', contentHash: 'one.new_hash' })}, true);
        RETURN NULL;
      END IF;
    END IF;`
}

function recordSql(tracked: TrackedCollection, changedSql: string): string {
  const { trackId, definition } = tracked
  const side = (which: 'old' | 'new', sign: '' | '-', changeCount: string) => `
      SELECT account_id, ${which}_ordinal / ${definition.ordinalsPerBucket} AS bucket, ${changeCount} AS change_count,
        ${sign}1 AS item_count, ${sign}${which}_bytes AS payload_bytes,
        ${fingerprintSql(tracked, { itemId: 'item_id', contentHash: `${which}_hash` })} AS fingerprint
      FROM changed WHERE ${which}_ordinal IS NOT NULL`
  // The chunk's number is drawn only when a first row asks for it, so a statement that changes nothing writes nothing.
  return `
    WITH changed (account_id, item_id, old_ordinal, old_hash, old_bytes, new_ordinal, new_hash, new_bytes) AS MATERIALIZED (
      ${changedSql}
    ), chunk AS MATERIALIZED (
      SELECT nextval('tidegate.track_chunk') AS chunk_id
    ), logged AS (
      INSERT INTO tidegate.track_change (chunk_id, account_id, change_number, item_id, ordinal)
      SELECT (SELECT chunk_id FROM chunk), account_id,
        row_number() OVER (PARTITION BY account_id), -- in no order of its own: a statement names an item once an account
        item_id, coalesce(new_ordinal, old_ordinal)
      FROM changed
    ), side AS (${side('old', '-', '(new_ordinal IS NULL)::int')}
      UNION ALL${side('new', '', '1')}
    )
    INSERT INTO tidegate.track_delta
      (xact_id, track_id, account_id, bucket, chunk_id, change_count, item_count, payload_bytes, fingerprint, is_first)
    SELECT pg_current_xact_id(), ${trackId}, account_id, bucket, (SELECT chunk_id FROM chunk),
      sum(change_count), sum(item_count), sum(payload_bytes), bit_xor(fingerprint), row_number() OVER () = 1
    FROM side GROUP BY account_id, bucket;`
}
