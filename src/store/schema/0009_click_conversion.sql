-- Conversions by the time of the click that led to them, as deltas: `minute` is the click's. A click may
-- be weeks older than its conversion, so these are not in adtally.minute, whose hours become final. A
-- conversion without a click is here at its own time, so that the sums of all time are the same as
-- there. There are no rollups: conversions are rare, and a report reads these rows.
--
-- Receipts: a row with advertiser_id = 0 is not traffic. It says that log partition `campaign_id` has
-- delivered its rows of this month of clicks up to the checkpoint that ends at offset `delivered_to`.
-- Its minute is the month's first. Checkpoints of a log partition are delivered in order, so the
-- largest offset speaks for all before it and receipts are merged into one: these months are kept
-- for years. Every reader must say `advertiser_id != 0`.
--
-- One partition is one month of click time: the unit of delivery and retention. Tokens and fsync as in
-- adtally.minute.
CREATE TABLE IF NOT EXISTS adtally.click_conversion
(
    minute DateTime('UTC'),
    advertiser_id UInt32,
    campaign_id UInt32,
    ad_group_id UInt32,
    creative_id UInt32,
    device Enum8('other' = 0, 'desktop' = 1, 'mobile' = 2, 'tablet' = 3, 'tv' = 4),
    country LowCardinality(String),
    region LowCardinality(String),
    click_conversions SimpleAggregateFunction(sum, UInt64),
    invalid_click_conversions SimpleAggregateFunction(sum, UInt64),
    click_conversion_value_micros SimpleAggregateFunction(sum, Int64),
    delivered_to SimpleAggregateFunction(max, UInt64)
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(minute)
PRIMARY KEY (advertiser_id, campaign_id, minute, ad_group_id, creative_id)
ORDER BY (advertiser_id, campaign_id, minute, ad_group_id, creative_id, device, country, region)
SETTINGS non_replicated_deduplication_window = 10000,
         fsync_after_insert = 1,
         fsync_part_directory = 1,
         old_parts_lifetime = 120,
         auto_statistics_types = '';
