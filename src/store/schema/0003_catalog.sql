-- The catalog: names and settings that are shown beside the numbers. An upsert is an INSERT of
-- the whole row; the row with the largest updated_ms (ms since the epoch, when it was written)
-- counts, so read with FINAL. Ids start at 1 and are unique across advertisers.
CREATE TABLE IF NOT EXISTS adtally.advertisers
(
    id UInt32,
    name String,
    time_zone String,  -- an IANA name: 'Europe/Berlin'
    currency String,   -- ISO 4217: 'EUR'
    updated_ms UInt64
)
ENGINE = ReplacingMergeTree(updated_ms)
ORDER BY id
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS adtally.campaigns
(
    id UInt32,
    advertiser_id UInt32,
    name String,
    updated_ms UInt64
)
ENGINE = ReplacingMergeTree(updated_ms)
ORDER BY id
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS adtally.ad_groups
(
    id UInt32,
    advertiser_id UInt32,
    campaign_id UInt32,
    name String,
    updated_ms UInt64
)
ENGINE = ReplacingMergeTree(updated_ms)
ORDER BY id
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS adtally.creatives
(
    id UInt32,
    advertiser_id UInt32,
    campaign_id UInt32,
    ad_group_id UInt32,
    name String,
    landing_url String,
    updated_ms UInt64
)
ENGINE = ReplacingMergeTree(updated_ms)
ORDER BY id
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
