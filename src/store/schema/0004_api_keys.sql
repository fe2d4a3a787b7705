-- API keys. The key itself is never stored. Revoking a key is an INSERT of the same row with
-- revoked = true and a larger updated_ms (ms since the epoch): read with FINAL.
CREATE TABLE IF NOT EXISTS adtally.api_keys
(
    id String,             -- what DELETE /v1/keys/{id} names; not secret
    key_hash String,       -- SHA-256 of the key, 64 lower-case hex digits
    role Enum8('admin' = 1, 'advertiser' = 2, 'ingest' = 3),
    advertiser_id UInt32,  -- of role advertiser; 0 otherwise
    label String,
    created_ms Int64,
    revoked Bool,
    updated_ms UInt64
)
ENGINE = ReplacingMergeTree(updated_ms)
ORDER BY id
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
