#include "maintenance/catalog_zones.h"

#include "store/row_binary_reader.h"
#include "store/statement.h"

namespace adtally {
namespace {

// Whether the hour of UTC that begins at h is an hour of the zone's clock too.
std::string IsWholeHour(const std::string& zone) {
  const auto part = [&](std::string_view function, std::string_view time) {
    return std::string(function) + "(toDateTime(" + std::string(time) + ", {" + zone + ":String}))";
  };
  return "(" + part("toMinute", "h") + " = 0 AND " + part("toMinute", "h + 3599") + " = 59 AND " +
         part("toHour", "h") + " = " + part("toHour", "h + 3599") + ")";
}

}  // namespace

Result<std::vector<std::string>> CatalogZones(Store& store) {
  ADTALLY_ASSIGN(const std::string answer,
                 RunStatement(store,
                              {"SELECT DISTINCT time_zone FROM (SELECT time_zone FROM "
                               "adtally.advertisers FINAL UNION ALL SELECT {utc:String}) WHERE "
                               "time_zone IN (SELECT time_zone FROM system.time_zones) "
                               "ORDER BY time_zone",
                               {{"utc", std::string(kDefaultZone)}}},
                              "RowBinary"));
  std::vector<std::string> zones;
  RowBinaryReader reader(answer);
  while (!reader.done()) zones.push_back(reader.String());
  if (reader.ok()) return zones;
  return Error{ErrorCode::kInternal, "the store's answer about adtally.advertisers cannot be read"};
}

Result<std::map<int64_t, std::vector<std::string>>> BrokenHourZones(
    Store& store, const std::vector<std::string>& zones, int64_t from_s, int64_t to_s) {
  Statement statement;
  statement.sql = "SELECT toUInt32(h), [";
  for (size_t i = 0; i < zones.size(); ++i) {
    const std::string name = "zone" + std::to_string(i);
    statement.sql += (i == 0 ? "" : ", ") + IsWholeHour(name);
    statement.params.push_back({name, zones[i]});
  }
  statement.sql += "] FROM (SELECT arrayJoin(range({from:UInt32}, {to:UInt32}, 3600)) AS h)";
  statement.params.push_back({"from", std::to_string(from_s)});
  statement.params.push_back({"to", std::to_string(to_s)});
  ADTALLY_ASSIGN(const std::string answer, RunStatement(store, statement, "RowBinary"));
  std::map<int64_t, std::vector<std::string>> broken;
  RowBinaryReader reader(answer);
  while (!reader.done()) {
    const int64_t hour_s = reader.UInt32();
    const size_t count = reader.Size();
    for (size_t i = 0; i < count && i < zones.size(); ++i) {
      if (reader.UInt8() == 0) broken[hour_s].push_back(zones[i]);
    }
  }
  if (reader.ok()) return broken;
  return Error{ErrorCode::kInternal, "the store's answer about time zones cannot be read"};
}

}  // namespace adtally
