-- Reach: how many different users saw at least one valid impression of a campaign. A row holds a sketch of
-- the set of users, not their number: sketches of any rows are merged into one of the union, so the
-- users of a day and of the next one are not counted twice, and inserting users again changes nothing. Numbers
-- of up to 500 users are exact; see src/tiers/reach_sketch.h for the error of larger ones.
--
-- By quarters of an hour of event time, since days of all time zones begin at one: the deltas of all
-- checkpoints, as adtally.minute. Rows are inserted with the hashes of their users in `user_hashes`,
-- which is not kept. Merging is as seldom as that of adtally.minute.
CREATE TABLE IF NOT EXISTS adtally.reach_quarter
(
    quarter DateTime('UTC'),
    advertiser_id UInt32,
    campaign_id UInt32,
    user_hashes Array(UInt64) EPHEMERAL [],
    users AggregateFunction(uniqCombined64(14), UInt64)
        DEFAULT arrayReduce('uniqCombined64State(14)', user_hashes) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMMDD(quarter)
ORDER BY (advertiser_id, campaign_id, quarter)
SETTINGS fsync_after_insert = 1,
         fsync_part_directory = 1,
         old_parts_lifetime = 120,
         merge_selector_base = 16,
         auto_statistics_types = '';

-- The same by days of the calendar in `time_zone`, the advertiser's own when the day was rolled up, in
-- generations as adtally.day: read those that tier_status names, of partitions MONTH-GENERATION.
CREATE TABLE IF NOT EXISTS adtally.reach
(
    day Date,
    time_zone LowCardinality(String),
    generation UInt32,
    advertiser_id UInt32,
    campaign_id UInt32,
    users AggregateFunction(uniqCombined64(14), UInt64) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY (toYYYYMM(day), generation)
ORDER BY (advertiser_id, campaign_id, day, time_zone)
SETTINGS fsync_after_insert = 1,
         fsync_part_directory = 1,
         old_parts_lifetime = 120,
         auto_statistics_types = '';
