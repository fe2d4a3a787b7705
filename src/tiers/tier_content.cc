#include "tiers/tier_content.h"

#include <algorithm>

#include "store/row_binary_reader.h"

namespace adtally {
namespace {

// Of the receipts of one hour. Never 0 or kEmptyHourMark.
constexpr std::string_view kMark =
    "bitOr(cityHash64(count(), sum(cityHash64(campaign_id, ad_group_id, creative_id))), 2)";

std::string Time(int64_t utc_s) {
  return "toDateTime(" + std::to_string(utc_s) + ", 'UTC')";
}

// Hashed apart, since files were hashed before there were these.
constexpr std::string_view kDuplicates =
    "duplicate_impressions, duplicate_clicks, duplicate_conversions";
constexpr std::string_view kWithoutDuplicates =
    "impressions, clicks, conversions, invalid_impressions, invalid_clicks, invalid_conversions, "
    "spend_micros, conversion_value_micros";

constexpr std::string_view kSettings = " SETTINGS use_query_condition_cache = 0";

}  // namespace

std::string SummedMeasures() {
  std::string sums;
  for (std::string_view left = kMeasureColumns; !left.empty();) {
    const std::string name(left.substr(0, left.find(',')));
    left.remove_prefix(std::min(left.size(), name.size() + 2));
    sums += (sums.empty() ? "sum(" : ", sum(") + name + ") AS " + name;
  }
  return sums;
}

std::string ContentHash(std::string_view rows) {
  const std::string key = "advertiser_id, campaign_id, ";
  const std::string duplicates(kDuplicates);
  return "(SELECT sum(cityHash64(" + key + std::string(kWithoutDuplicates) + ") + if((" +
         duplicates + ") = (0, 0, 0), 0, cityHash64(" + key + duplicates +
         "))) FROM (SELECT advertiser_id, campaign_id, " + SummedMeasures() + " FROM " +
         std::string(rows) + " GROUP BY advertiser_id, campaign_id))";
}

Result<std::map<int64_t, uint64_t>> HourMarks(Store& store, int64_t from_s, int64_t to_s) {
  ADTALLY_ASSIGN(
      const std::string answer,
      RunStatement(
          store,
          {"SELECT toUInt32(toStartOfHour(minute)) AS hour, " + std::string(kMark) +
               " FROM adtally.minute WHERE advertiser_id = 0 AND minute >= " + Time(from_s) +
               " AND minute < " + Time(to_s) + " GROUP BY hour" + std::string(kSettings),
           {}},
          "RowBinary"));
  std::map<int64_t, uint64_t> marks;
  RowBinaryReader reader(answer);
  while (!reader.done()) {
    const int64_t hour_s = reader.UInt32();
    marks[hour_s] = reader.UInt64();
  }
  if (reader.ok()) return marks;
  return Error{ErrorCode::kInternal, "the store's answer about adtally.minute cannot be read"};
}

std::string HourMark(int64_t hour_s) {
  return "(SELECT if(count() = 0, " + std::to_string(kEmptyHourMark) + ", " + std::string(kMark) +
         ") FROM adtally.minute WHERE advertiser_id = 0 AND minute >= " + Time(hour_s) +
         " AND minute < " + Time(hour_s + 3600) + ")";
}

}  // namespace adtally
