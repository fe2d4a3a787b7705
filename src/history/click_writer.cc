#include "history/click_writer.h"

#include <algorithm>
#include <string>

#include "base/utc_date.h"
#include "store/statement.h"

namespace adtally {
namespace {

// The conversions of one table, between two parameters of time.
std::string Rows(const std::string& table, const std::string& time) {
  return "SELECT " + time +
         ", advertiser_id, campaign_id, ad_group_id, creative_id, device, country, region, "
         "conversions, invalid_conversions, conversion_value_micros FROM adtally." +
         table +
         " WHERE advertiser_id != 0 AND (conversions != 0 OR invalid_conversions != 0) AND " +
         time + " >= toDateTime({from:UInt32}, 'UTC') AND " + time +
         " < toDateTime({to:UInt32}, 'UTC')";
}

}  // namespace

Result<void> WriteClicks(Store& store, const HistoryOptions& options) {
  const std::string insert =
      "INSERT INTO adtally.click_conversion (minute, advertiser_id, campaign_id, ad_group_id, "
      "creative_id, device, country, region, click_conversions, invalid_click_conversions, "
      "click_conversion_value_micros) " +
      Rows("hour", "hour") + " UNION ALL " + Rows("minute", "minute");
  // A month at a time: an insert into one partition.
  for (int64_t from_s = options.from_s(); from_s < options.until_s;) {
    const int64_t to_s = std::min(options.until_s, MonthStart(NextMonth(MonthNumber(from_s))));
    ADTALLY_TRY(RunStatement(
        store, {insert, {{"from", std::to_string(from_s)}, {"to", std::to_string(to_s)}}}, ""));
    from_s = to_s;
  }
  return {};
}

}  // namespace adtally
