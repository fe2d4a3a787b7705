#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/statement.h"
#include "store/store.h"

namespace adtally {

// The columns that all tiers share, in the order of their tables, for lists in SQL.
inline constexpr std::string_view kDimensionColumns =
    "advertiser_id, campaign_id, ad_group_id, creative_id, device, country, region";
inline constexpr std::string_view kMeasureColumns =
    "impressions, clicks, conversions, invalid_impressions, invalid_clicks, invalid_conversions, "
    "duplicate_impressions, duplicate_clicks, duplicate_conversions, spend_micros, "
    "conversion_value_micros";
// Of these, what the first archived files do not have. Where it is 0, what is kept of a file (its
// hash, its manifest) must be as if there were no such column.
inline constexpr std::string_view kLaterMeasureColumns =
    "duplicate_impressions, duplicate_clicks, duplicate_conversions";
// The names in such a list, in its order.
std::vector<std::string_view> MeasureNames(std::string_view columns = kMeasureColumns);
// "sum(impressions) AS impressions, …": kMeasureColumns summed under their own names.
std::string SummedMeasures();

// An expression, a subquery in parentheses, that hashes what rows add up to: the sums of every
// measure by advertiser and campaign. Two tiers that hold the same numbers have the same hash,
// however they keep them. `rows`: "adtally.minute WHERE …", without receipts; 0 when there are
// none.
std::string ContentHash(std::string_view rows);

// A number per hour, by its start in seconds since the epoch, that says what was delivered into it:
// a hash of its receipts in adtally.minute. Equal numbers mean equal rows. It covers [from_s,
// to_s), whole hours; an hour without receipts is absent. Its rows change with its number,
// atomically.
Result<std::map<int64_t, uint64_t>> HourMarks(Store& store, int64_t from_s, int64_t to_s);
// Mark of an hour without receipts.
inline constexpr uint64_t kEmptyHourMark = 1;
// An expression for the mark of one hour, to compare in a statement that publishes.
std::string HourMark(int64_t hour_s);

}  // namespace adtally
