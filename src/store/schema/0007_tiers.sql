-- Rollups of adtally.minute: the same sums by coarser time. Their rows are written in generations: one
-- run of a rollup writes all its rows under a new random number, and then publishes the generation in
-- adtally.tier_status. Only generations that are published there may be read; a run that was killed
-- leaves one that nobody reads and that is dropped later. So no reader ever sees half a rollup, whatever
-- was killed, and a generation that was replaced stays readable for those who began with it.
--
-- `hour` is where the row's time begins and `hour_minutes` how long it lasts: 60, or 15 for advertisers
-- whose time zone is not whole hours from UTC, so that their days and hours can be told apart. Read a
-- generation by its partition, named DAY-GENERATION: _partition_id IN ('20261130-3735928559', …).
CREATE TABLE IF NOT EXISTS adtally.hour
(
    hour DateTime('UTC'),
    hour_minutes UInt8,
    generation UInt32,
    advertiser_id UInt32,
    campaign_id UInt32,
    ad_group_id UInt32,
    creative_id UInt32,
    device Enum8('other' = 0, 'desktop' = 1, 'mobile' = 2, 'tablet' = 3, 'tv' = 4),
    country LowCardinality(String),
    region LowCardinality(String),
    impressions SimpleAggregateFunction(sum, UInt64),
    clicks SimpleAggregateFunction(sum, UInt64),
    conversions SimpleAggregateFunction(sum, UInt64),
    invalid_impressions SimpleAggregateFunction(sum, UInt64),
    invalid_clicks SimpleAggregateFunction(sum, UInt64),
    invalid_conversions SimpleAggregateFunction(sum, UInt64),
    duplicate_impressions SimpleAggregateFunction(sum, UInt64),
    duplicate_clicks SimpleAggregateFunction(sum, UInt64),
    duplicate_conversions SimpleAggregateFunction(sum, UInt64),
    spend_micros SimpleAggregateFunction(sum, Int64),
    conversion_value_micros SimpleAggregateFunction(sum, Int64)
)
ENGINE = AggregatingMergeTree
PARTITION BY (toYYYYMMDD(hour), generation)
PRIMARY KEY (advertiser_id, campaign_id, hour, ad_group_id, creative_id)
ORDER BY (advertiser_id, campaign_id, hour, ad_group_id, creative_id, device, country, region,
          hour_minutes)
SETTINGS fsync_after_insert = 1,
         fsync_part_directory = 1,
         old_parts_lifetime = 120,
         auto_statistics_types = '';

-- `day` is a day of the calendar in `time_zone`, the advertiser's own when the day was rolled up.
-- Partitions are named MONTH-GENERATION: '202611-3735928559'.
CREATE TABLE IF NOT EXISTS adtally.day
(
    day Date,
    time_zone LowCardinality(String),
    generation UInt32,
    advertiser_id UInt32,
    campaign_id UInt32,
    ad_group_id UInt32,
    creative_id UInt32,
    device Enum8('other' = 0, 'desktop' = 1, 'mobile' = 2, 'tablet' = 3, 'tv' = 4),
    country LowCardinality(String),
    region LowCardinality(String),
    impressions SimpleAggregateFunction(sum, UInt64),
    clicks SimpleAggregateFunction(sum, UInt64),
    conversions SimpleAggregateFunction(sum, UInt64),
    invalid_impressions SimpleAggregateFunction(sum, UInt64),
    invalid_clicks SimpleAggregateFunction(sum, UInt64),
    invalid_conversions SimpleAggregateFunction(sum, UInt64),
    duplicate_impressions SimpleAggregateFunction(sum, UInt64),
    duplicate_clicks SimpleAggregateFunction(sum, UInt64),
    duplicate_conversions SimpleAggregateFunction(sum, UInt64),
    spend_micros SimpleAggregateFunction(sum, Int64),
    conversion_value_micros SimpleAggregateFunction(sum, Int64)
)
ENGINE = AggregatingMergeTree
PARTITION BY (toYYYYMM(day), generation)
PRIMARY KEY (advertiser_id, campaign_id, day, ad_group_id, creative_id)
ORDER BY (advertiser_id, campaign_id, day, ad_group_id, creative_id, device, country, region,
          time_zone)
SETTINGS fsync_after_insert = 1,
         fsync_part_directory = 1,
         old_parts_lifetime = 120,
         auto_statistics_types = '';

-- Which generation holds what. Publishing is an INSERT of a row with a larger version (ms since the epoch,
-- or one more than the last); the largest counts, so read with FINAL.
--
-- partition: of hour YYYYMMDD in UTC, of day and archive YYYYMM. slots: the hours 0 to 23 of a day, or
-- the days 1 to 31 of a month (of archive: of UTC days), that are rolled up. `mark` is what the hour's
-- receipts in adtally.minute hashed to when it was rolled up: while they still do, the hour is clean.
-- `final`: nothing can be delivered into the hour any more, so its mark need not be compared.
CREATE TABLE IF NOT EXISTS adtally.tier_status
(
    tier Enum8('minute' = 0, 'hour' = 1, 'day' = 2, 'archive' = 3, 'reach' = 4),
    partition UInt32,
    version UInt64,
    slots Array(Tuple(slot UInt8, generation UInt32, mark UInt64, final Bool))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (tier, partition)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- What a tier holds of times before its floor is dropped, or soon will be: nobody may read it there. The
-- largest floor counts: read it as max(floor).
CREATE TABLE IF NOT EXISTS adtally.tier_floor
(
    tier Enum8('minute' = 0, 'hour' = 1, 'day' = 2, 'archive' = 3, 'reach' = 4),
    floor DateTime('UTC')
)
ENGINE = ReplacingMergeTree(floor)
ORDER BY tier
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- In which time zone an advertiser's rows of adtally.day are, from the day `from_day` on. An advertiser whose
-- zone was changed has older days in an older zone: those are of no use any more. Read with FINAL.
CREATE TABLE IF NOT EXISTS adtally.day_accounts
(
    advertiser_id UInt32,
    time_zone LowCardinality(String),
    from_day Date,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY advertiser_id
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- The Parquet files of an archived month (YYYYMM, UTC) and generation, with the columns of adtally.hour but
-- generation. A file is part of the archive when tier_status has published its generation. name: below the
-- archive's folder or prefix. checksum: XXH3-128 of its bytes, hexadecimal. content_hash: of its rows' sums by
-- campaign. etag: S3's, '' in a folder.
CREATE TABLE IF NOT EXISTS adtally.archive_files
(
    month UInt32,
    generation UInt32,
    name String,
    first_advertiser_id UInt32,
    last_advertiser_id UInt32,
    rows UInt64,
    bytes UInt64,
    checksum String,
    content_hash UInt64,
    etag String
)
ENGINE = ReplacingMergeTree
ORDER BY (month, generation, name)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
