-- Deltas by minute and all dimensions. A report sums them; rows of one key may appear any number
-- of times.
--
-- Receipts: a row with advertiser_id = 0 is not traffic. It says that the checkpoint of log
-- partition `campaign_id` that ends at offset ad_group_id << 32 | creative_id has delivered its
-- rows of this hour. Its minute is the hour's first and its measures are 0. Every reader must
-- say `advertiser_id != 0`; real ids start at 1.
--
-- One partition is one hour of event time, with an id like 2026112306: the unit of delivery,
-- rollup and retention. Read a time range by `minute >= … AND minute < …`: that prunes
-- partitions.
--
-- Device prints as its name and compares with its name. Its values are those of the enum Device
-- of the code.
--
-- Rows are kept: nothing else holds these numbers.
--
-- The deduplication window counts parts: it only has to cover two aggregators that deliver the
-- same checkpoint at the same moment. Inserts are fsynced because progress is written after
-- them. Merged parts are not: their sources stay on disk for old_parts_lifetime seconds, longer
-- than the kernel takes to write them back.
CREATE TABLE IF NOT EXISTS adtally.minute
(
    minute DateTime('UTC'),
    advertiser_id UInt32,
    campaign_id UInt32,
    ad_group_id UInt32,
    creative_id UInt32,
    device Enum8('other' = 0, 'desktop' = 1, 'mobile' = 2, 'tablet' = 3, 'tv' = 4),
    country LowCardinality(String),  -- ISO 3166-1 alpha-2, '' when unknown
    region LowCardinality(String),   -- the part of ISO 3166-2 after the dash, '' when unknown
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
PARTITION BY toYYYYMMDD(minute) * 100 + toHour(minute)
PRIMARY KEY (advertiser_id, campaign_id, minute, ad_group_id, creative_id)
ORDER BY (advertiser_id, campaign_id, minute, ad_group_id, creative_id, device, country, region)
SETTINGS non_replicated_deduplication_window = 10000,
         fsync_after_insert = 1,
         fsync_part_directory = 1,
         old_parts_lifetime = 120;
