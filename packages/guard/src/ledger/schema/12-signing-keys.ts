/** Signing keys in a chain, each vouched for by the one before it. What is left in `keys` is the key of state tags. */
export const SIGNING_KEYS = `
-- Sensitive: whoever reads signing_key_base64 can sign answers. It is null once the key is retired.
CREATE TABLE tidegate_ledger.signing_key (
  key_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key_id text NOT NULL UNIQUE,
  public_key_base64 text NOT NULL,
  signing_key_base64 text,
  announced_at_ms bigint NOT NULL,
  activates_at_ms bigint NOT NULL,
  -- What its predecessor said and signed, null for a first key and for one whose predecessor was stolen.
  endorsement jsonb,
  -- By the key itself, made before its private part goes; told to clients once the key is revoked.
  revocation_signature text,
  revoked_at_ms bigint,
  CHECK (signing_key_base64 IS NOT NULL OR revocation_signature IS NOT NULL)
);
REVOKE ALL ON tidegate_ledger.signing_key FROM PUBLIC;

INSERT INTO tidegate_ledger.signing_key (key_id, public_key_base64, signing_key_base64, announced_at_ms, activates_at_ms)
SELECT key_id, public_key_base64, signing_key_base64, 0, 0 FROM tidegate_ledger.keys;
ALTER TABLE tidegate_ledger.keys
  DROP COLUMN key_id, DROP COLUMN signing_key_base64, DROP COLUMN public_key_base64;
`
