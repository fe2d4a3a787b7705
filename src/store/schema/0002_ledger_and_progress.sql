-- Where every event went: one row per checkpoint and minute of append time, where received =
-- counted + duplicate + invalid_bot + late + rejected. A checkpoint delivered twice repeats its
-- rows until they are merged: read with FINAL. Kept for 90 days.
CREATE TABLE IF NOT EXISTS adtally.ledger
(
    append_minute DateTime('UTC'),
    log_partition UInt32,
    end_offset UInt64,  -- where the checkpoint ends, excluded
    received UInt64,
    counted UInt64,
    duplicate UInt64,
    invalid_bot UInt64,
    late UInt64,
    rejected UInt64
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMMDD(append_minute)
ORDER BY (append_minute, log_partition, end_offset)
TTL append_minute + INTERVAL 90 DAY
SETTINGS ttl_only_drop_parts = 1,
         fsync_after_insert = 1,
         fsync_part_directory = 1,
         old_parts_lifetime = 120;

-- How far each log partition is delivered: all its records before end_offset are in the store,
-- and complete_to_ms is the append time of the last of them (ms since the epoch). The row with
-- the largest end_offset counts; merges drop the others. Read it as: SELECT log_partition,
-- max(end_offset), argMax(complete_to_ms, end_offset) … GROUP BY log_partition
CREATE TABLE IF NOT EXISTS adtally.progress
(
    log_partition UInt32,
    end_offset UInt64,
    complete_to_ms Int64
)
ENGINE = ReplacingMergeTree(end_offset)
ORDER BY log_partition
SETTINGS fsync_after_insert = 1,
         fsync_part_directory = 1,
         old_parts_lifetime = 120;
