#include "maintenance/local_days.h"

#include <algorithm>

#include "base/rfc3339.h"
#include "maintenance/maintenance_pass.h"
#include "store/row_binary_reader.h"
#include "store/statement.h"
#include "tiers/tier.h"

namespace adtally {
namespace {

constexpr int64_t kQuarterS = 900;

}  // namespace

int64_t LocalDay::utc_s() const {
  return DayStart(month * 100 + day);
}

std::string LocalDay::text() const {
  return FormatRfc3339(utc_s(), {}).substr(0, 10);
}

LocalDay LocalDayOf(int64_t utc_s) {
  const uint32_t number = DayNumber(utc_s);
  return {number / 100, static_cast<uint8_t>(number % 100)};
}

std::string DateLiteral(const LocalDay& day) {
  return "toDate('" + day.text() + "')";
}

Result<std::vector<ZoneDay>> DayInZones(Store& store, const LocalDay& day,
                                        const std::vector<std::string>& zones) {
  if (zones.empty()) return std::vector<ZoneDay>();
  Statement statement;
  std::string columns;
  for (size_t i = 0; i < zones.size(); ++i) {
    const std::string name = "zone" + std::to_string(i);
    const std::string is_in =
        "toDate(toDateTime(q, {" + name + ":String})) = " + DateLiteral(day) + ")";
    columns += (i == 0 ? "minIf(q, " : ", minIf(q, ") + is_in + ", maxIf(q, " + is_in;
    statement.params.push_back({name, zones[i]});
  }
  statement.sql = "SELECT [" + columns +
                  "] FROM (SELECT arrayJoin(range({from:UInt32}, {to:UInt32}, 900)) AS q)";
  statement.params.push_back({"from", std::to_string(day.utc_s() - kMaxOffsetS)});
  statement.params.push_back({"to", std::to_string(day.utc_s() + kDayS + kMaxOffsetS)});
  ADTALLY_ASSIGN(const std::string answer, RunStatement(store, statement, "RowBinary"));
  RowBinaryReader reader(answer);
  std::vector<ZoneDay> days;
  const size_t bounds = reader.Size();
  for (size_t i = 0; i < bounds / 2 && i < zones.size(); ++i) {
    const int64_t first_s = reader.UInt32();
    const int64_t last_s = reader.UInt32();
    if (first_s != 0) days.push_back({zones[i], first_s, last_s + kQuarterS});
  }
  if (reader.ok() && reader.done()) return days;
  return Error{ErrorCode::kInternal, "the store's answer about time zones cannot be read"};
}

UtcHours HoursOf(const LocalDay& day, const std::vector<ZoneDay>& in_zones) {
  UtcHours hours{day.utc_s(), day.utc_s() + kDayS};
  for (const ZoneDay& in_zone : in_zones) {
    hours.from_s = std::min(hours.from_s, in_zone.from_s / kHourS * kHourS);
    hours.to_s = std::max(hours.to_s, (in_zone.to_s + kHourS - 1) / kHourS * kHourS);
  }
  return hours;
}

}  // namespace adtally
