#include "tiers/tier_content.h"

#include "base/ascii.h"
#include "store/row_binary_reader.h"

namespace adtally {
namespace {

// Of the receipts of one hour. Never 0 or kEmptyHourMark.
constexpr std::string_view kMark =
    "bitOr(cityHash64(count(), sum(cityHash64(campaign_id, ad_group_id, creative_id))), 2)";

std::string Time(int64_t utc_s) {
  return "toDateTime(" + std::to_string(utc_s) + ", 'UTC')";
}

constexpr std::string_view kSettings = " SETTINGS use_query_condition_cache = 0";

}  // namespace

std::vector<std::string_view> MeasureNames(std::string_view columns) {
  std::vector<std::string_view> names;
  while (!columns.empty()) names.push_back(TrimSpace(TakeUntil(columns, ',')));
  return names;
}

std::string SummedMeasures() {
  std::string sums;
  for (const std::string_view column : MeasureNames()) {
    const std::string name(column);
    sums += (sums.empty() ? "sum(" : ", sum(") + name + ") AS " + name;
  }
  return sums;
}

std::string ContentHash(std::string_view rows) {
  const std::string key = "advertiser_id, campaign_id, ";
  const std::string later(kLaterMeasureColumns);
  std::string first(kMeasureColumns);
  first.erase(first.find(later), later.size() + 2);
  return "(SELECT sum(cityHash64(" + key + first + ") + if((" + later + ") = (0, 0, 0), 0, " +
         "cityHash64(" + key + later + "))) FROM (SELECT advertiser_id, campaign_id, " +
         SummedMeasures() + " FROM " + std::string(rows) + " GROUP BY advertiser_id, campaign_id))";
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
