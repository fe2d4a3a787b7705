#include "maintenance/day_accounts.h"

#include <set>

#include "maintenance/catalog_zones.h"
#include "store/row_binary_reader.h"
#include "store/sql_param.h"
#include "store/statement.h"

namespace adtally {
namespace {

constexpr std::string_view kInsert =
    "INSERT INTO adtally.day_accounts (advertiser_id, time_zone, from_day, version) SELECT "
    "advertiser_id, {zone:String}, ";
// Larger than any, even after the clock was set back.
constexpr std::string_view kVersion =
    ", greatest({now:UInt64}, (SELECT max(version) + 1 FROM adtally.day_accounts)) FROM ";

constexpr std::string_view kHash =
    "(SELECT sum(cityHash64(advertiser_id, time_zone, from_day)) FROM adtally.day_accounts FINAL)";

// The advertisers whose days should be in the zone of {zone}.
std::string IsOfZone(std::string_view zone) {
  if (zone != kDefaultZone) {
    return "advertiser_id IN (SELECT id FROM adtally.advertisers FINAL WHERE time_zone = "
           "{zone:String})";
  }
  return "advertiser_id NOT IN (SELECT id FROM adtally.advertisers FINAL WHERE time_zone != "
         "{zone:String} AND time_zone IN (SELECT time_zone FROM system.time_zones))";
}

// Rows whose advertiser's days are in the zone of {zone}.
std::string IsAccountOfZone(const LocalDay& day) {
  return "advertiser_id IN (SELECT advertiser_id FROM adtally.day_accounts FINAL WHERE time_zone = "
         "{zone:String} AND from_day <= " +
         DateLiteral(day) + ")";
}

std::string NextDay(const LocalDay& day) {
  return DateLiteral(LocalDayOf(day.utc_s() + kDayS));
}

// An advertiser that is new may have rows that belong to the days before: of a zone that was not in
// use when those were rolled up.
Statement NewOrChanged(const LocalDay& day, const std::string& zone, const std::string& hours) {
  const std::string date = DateLiteral(day);
  return {std::string(kInsert) + "if(NOT (" + HasNoAccount() +
              ") OR toDate(first_hour, {zone:String}) < " + date + ", " + date + ", toDate(0))" +
              std::string(kVersion) + "(SELECT advertiser_id, min(hour) AS first_hour FROM " +
              hours + " AND " + IsOfZone(zone) +
              " GROUP BY advertiser_id) WHERE advertiser_id NOT IN (SELECT advertiser_id FROM "
              "adtally.day_accounts FINAL WHERE time_zone = {zone:String})",
          {}};
}

// Rows of an hour that lies in two days.
Statement NotOfOneDay(const LocalDay& day, const std::string& hours) {
  const std::string first = "toDate(hour, {zone:String})";
  const std::string last = "toDate(hour + 3599, {zone:String})";
  const std::string date = DateLiteral(day);
  return {std::string(kInsert) + NextDay(day) + std::string(kVersion) +
              "(SELECT DISTINCT advertiser_id FROM " + hours + " AND hour_minutes = 60 AND " +
              first + " != " + last + " AND (" + first + " = " + date + " OR " + last + " = " +
              date + ") AND " + IsAccountOfZone(day) + ")",
          {}};
}

Error Unreadable() {
  return {ErrorCode::kInternal, "the store's answer about adtally.day_accounts cannot be read"};
}

// Whether every advertiser that has rows among `hours` has its days in the zone that the catalog
// says: mostly so, and quick to ask.
Result<bool> AreAsInCatalog(Store& store, const std::vector<std::string>& zones,
                            const std::string& hours) {
  ADTALLY_ASSIGN(
      const std::string answer,
      RunStatement(store,
                   {"SELECT count() FROM (SELECT DISTINCT advertiser_id FROM " + hours +
                        ") AS present LEFT JOIN (SELECT id, toString(time_zone) AS wanted FROM "
                        "adtally.advertisers FINAL WHERE has({zones:Array(String)}, wanted)) AS "
                        "catalog ON id = present.advertiser_id LEFT JOIN (SELECT advertiser_id, "
                        "toString(time_zone) AS found FROM adtally.day_accounts FINAL) AS account "
                        "ON account.advertiser_id = present.advertiser_id WHERE found != if(wanted "
                        "= '', {utc:String}, wanted)",
                    {{"zones", StringArray(zones)}, {"utc", std::string(kDefaultZone)}}},
                   "RowBinary"));
  RowBinaryReader reader(answer);
  const uint64_t others = reader.UInt64();
  if (reader.ok() && reader.done()) return others == 0;
  return Unreadable();
}

// The zones that are not whole hours from UTC at some time of the day or of those beside it.
Result<std::set<std::string>> BrokenZonesAround(Store& store, const LocalDay& day,
                                                const std::vector<std::string>& zones) {
  ADTALLY_ASSIGN(const auto hours,
                 BrokenHourZones(store, zones, day.utc_s() - kDayS, day.utc_s() + 2 * kDayS));
  std::set<std::string> broken;
  for (const auto& [hour_s, of_hour] : hours) broken.insert(of_hour.begin(), of_hour.end());
  return broken;
}

}  // namespace

Result<void> UpdateDayAccounts(const MaintenancePass& pass, const LocalDay& day,
                               const std::vector<std::string>& zones, const std::string& hours) {
  ADTALLY_ASSIGN(const bool as_in_catalog, AreAsInCatalog(pass.store, zones, hours));
  ADTALLY_ASSIGN(const auto broken, BrokenZonesAround(pass.store, day, zones));
  for (const std::string& zone : zones) {
    std::vector<Statement> updates;
    if (!as_in_catalog) updates.push_back(NewOrChanged(day, zone, hours));
    if (broken.contains(zone)) updates.push_back(NotOfOneDay(day, hours));
    for (Statement& statement : updates) {
      if (pass.stopped()) return {};
      statement.params = {{"zone", zone}, {"now", std::to_string(pass.clock.NowMs())}};
      ADTALLY_TRY(RunStatement(pass.store, statement, ""));
    }
  }
  return {};
}

Result<std::vector<std::string>> ZonesOfAccounts(Store& store) {
  ADTALLY_ASSIGN(
      const std::string answer,
      RunStatement(
          store,
          {"SELECT DISTINCT time_zone FROM adtally.day_accounts FINAL ORDER BY time_zone", {}},
          "RowBinary"));
  std::vector<std::string> zones;
  RowBinaryReader reader(answer);
  while (!reader.done()) zones.push_back(reader.String());
  if (reader.ok()) return zones;
  return Unreadable();
}

Statement RowsOfLocalDay(const LocalDay& day, const std::vector<ZoneDay>& in_zones,
                         const std::string& rows, const std::string& time) {
  std::vector<std::string> zones;
  std::vector<uint32_t> begins;
  std::vector<uint32_t> ends;
  for (const ZoneDay& in_zone : in_zones) {
    zones.push_back(in_zone.zone);
    begins.push_back(static_cast<uint32_t>(in_zone.from_s));
    ends.push_back(static_cast<uint32_t>(in_zone.to_s));
  }
  const auto bound = [](std::string_view name) {
    return "transform(toString(time_zone), {zones:Array(String)}, {" + std::string(name) +
           ":Array(UInt32)}, toUInt32(0)) AS " + std::string(name);
  };
  return {"(SELECT * FROM " + rows + ") AS of_day INNER JOIN (SELECT advertiser_id, time_zone, " +
              bound("day_begins") + ", " + bound("day_ends") +
              " FROM adtally.day_accounts FINAL WHERE from_day <= " + DateLiteral(day) +
              ") AS account USING (advertiser_id) WHERE toUInt32(" + time +
              ") >= day_begins AND toUInt32(" + time + ") < day_ends",
          {{"zones", StringArray(zones)},
           {"day_begins", NumberArray(begins)},
           {"day_ends", NumberArray(ends)}}};
}

std::string HasNoAccount() {
  return "advertiser_id NOT IN (SELECT advertiser_id FROM adtally.day_accounts FINAL)";
}

Result<std::optional<uint64_t>> ReadAccountsHash(Store& store,
                                                 const std::vector<std::string>& zones) {
  ADTALLY_ASSIGN(
      const std::string answer,
      RunStatement(store,
                   {"SELECT ifNull(" + std::string(kHash) +
                        ", 0), assumeNotNull((SELECT count() FROM adtally.day_accounts FINAL WHERE "
                        "NOT has({zones:Array(String)}, toString(time_zone))))",
                    {{"zones", StringArray(zones)}}},
                   "RowBinary"));
  RowBinaryReader reader(answer);
  const uint64_t hash = reader.UInt64();
  const uint64_t in_other_zones = reader.UInt64();
  if (!reader.ok() || !reader.done()) return Unreadable();
  if (in_other_zones != 0) return std::optional<uint64_t>();
  return std::optional<uint64_t>(hash);
}

std::string AccountsAreStill(uint64_t hash) {
  return std::string(kHash) + " = " + std::to_string(hash);
}

}  // namespace adtally
