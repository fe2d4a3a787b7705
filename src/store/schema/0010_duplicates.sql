-- Events that were received again, by their own minute and dimensions. New stores are made with these
-- columns, so that a host that joins a cluster makes its tables as they are there.
ALTER TABLE adtally.minute
    ADD COLUMN IF NOT EXISTS duplicate_impressions SimpleAggregateFunction(sum, UInt64) AFTER invalid_conversions,
    ADD COLUMN IF NOT EXISTS duplicate_clicks SimpleAggregateFunction(sum, UInt64) AFTER duplicate_impressions,
    ADD COLUMN IF NOT EXISTS duplicate_conversions SimpleAggregateFunction(sum, UInt64) AFTER duplicate_clicks;
ALTER TABLE adtally.hour
    ADD COLUMN IF NOT EXISTS duplicate_impressions SimpleAggregateFunction(sum, UInt64) AFTER invalid_conversions,
    ADD COLUMN IF NOT EXISTS duplicate_clicks SimpleAggregateFunction(sum, UInt64) AFTER duplicate_impressions,
    ADD COLUMN IF NOT EXISTS duplicate_conversions SimpleAggregateFunction(sum, UInt64) AFTER duplicate_clicks;
ALTER TABLE adtally.day
    ADD COLUMN IF NOT EXISTS duplicate_impressions SimpleAggregateFunction(sum, UInt64) AFTER invalid_conversions,
    ADD COLUMN IF NOT EXISTS duplicate_clicks SimpleAggregateFunction(sum, UInt64) AFTER duplicate_impressions,
    ADD COLUMN IF NOT EXISTS duplicate_conversions SimpleAggregateFunction(sum, UInt64) AFTER duplicate_clicks;
