-- The event log that everything here was counted from, by EventLog::log_id: one row, written when the
-- store is first used. Offsets in progress, ledger and receipts are offsets of that log and of no other.
CREATE TABLE IF NOT EXISTS adtally.log
(
    log_id String
)
ENGINE = ReplacingMergeTree
ORDER BY log_id
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
