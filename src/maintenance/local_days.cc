#include "maintenance/local_days.h"

#include <algorithm>

#include "base/rfc3339.h"
#include "maintenance/maintenance_pass.h"
#include "store/row_binary_reader.h"
#include "store/statement.h"
#include "tiers/tier.h"

namespace adtally {
namespace {

// Zones are from UTC-12 to UTC+14.
constexpr int64_t kMaxOffsetS = 15 * kHourS;

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

Result<UtcHours> HoursOfLocalDay(Store& store, const LocalDay& day,
                                 const std::vector<std::string>& zones) {
  UtcHours hours{day.utc_s(), day.utc_s() + kDayS};
  Statement statement;
  statement.sql =
      "SELECT toUInt32(min(h)), toUInt32(max(h)) FROM (SELECT arrayJoin(range({from:UInt32}, "
      "{to:UInt32}, 3600)) AS h) WHERE 0";
  statement.params = {{"from", std::to_string(hours.from_s - kMaxOffsetS)},
                      {"to", std::to_string(hours.to_s + kMaxOffsetS)}};
  for (size_t i = 0; i < zones.size(); ++i) {
    const std::string name = "zone" + std::to_string(i);
    for (const std::string_view time : {"h", "h + 3599"}) {
      statement.sql += " OR toDate(toDateTime(" + std::string(time) + ", {" + name +
                       ":String})) = " + DateLiteral(day);
    }
    statement.params.push_back({name, zones[i]});
  }
  ADTALLY_ASSIGN(const std::string answer, RunStatement(store, statement, "RowBinary"));
  RowBinaryReader reader(answer);
  const int64_t first_s = reader.UInt32();
  const int64_t last_s = reader.UInt32();
  if (!reader.ok()) {
    return Error{ErrorCode::kInternal, "the store's answer about time zones cannot be read"};
  }
  if (first_s == 0) return hours;  // no zone has the date
  return UtcHours{std::min(hours.from_s, first_s), std::max(hours.to_s, last_s + kHourS)};
}

}  // namespace adtally
