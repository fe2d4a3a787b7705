#include "maintenance/day_accounts.h"

#include "maintenance/catalog_zones.h"
#include "store/row_binary_reader.h"
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

}  // namespace

Result<void> UpdateDayAccounts(const MaintenancePass& pass, const LocalDay& day,
                               const std::vector<std::string>& zones, const std::string& hours) {
  for (const std::string& zone : zones) {
    for (Statement statement : {NewOrChanged(day, zone, hours), NotOfOneDay(day, hours)}) {
      if (pass.stopped()) return {};
      statement.params = {{"zone", zone}, {"now", std::to_string(pass.clock.NowMs())}};
      ADTALLY_TRY(RunStatement(pass.store, statement, ""));
    }
  }
  return {};
}

Result<std::vector<std::string>> ZonesOfAccounts(Store& store, const LocalDay* day) {
  ADTALLY_ASSIGN(
      const std::string answer,
      RunStatement(store,
                   {"SELECT DISTINCT time_zone FROM adtally.day_accounts FINAL WHERE from_day <= " +
                        (day == nullptr ? "toDate('2149-06-06')" : DateLiteral(*day)) +
                        " ORDER BY time_zone",
                    {}},
                   "RowBinary"));
  std::vector<std::string> zones;
  RowBinaryReader reader(answer);
  while (!reader.done()) zones.push_back(reader.String());
  if (reader.ok()) return zones;
  return Error{ErrorCode::kInternal,
               "the store's answer about adtally.day_accounts cannot be read"};
}

std::string IsAccountOfZone(const LocalDay& day) {
  return "advertiser_id IN (SELECT advertiser_id FROM adtally.day_accounts FINAL WHERE time_zone = "
         "{zone:String} AND from_day <= " +
         DateLiteral(day) + ")";
}

std::string HasNoAccount() {
  return "advertiser_id NOT IN (SELECT advertiser_id FROM adtally.day_accounts FINAL)";
}

Result<uint64_t> ReadAccountsHash(Store& store) {
  ADTALLY_ASSIGN(
      const std::string answer,
      RunStatement(store, {"SELECT assumeNotNull(" + std::string(kHash) + ")", {}}, "RowBinary"));
  RowBinaryReader reader(answer);
  const uint64_t hash = reader.UInt64();
  if (reader.ok()) return hash;
  return Error{ErrorCode::kInternal,
               "the store's answer about adtally.day_accounts cannot be read"};
}

std::string AccountsAreStill(uint64_t hash) {
  return std::string(kHash) + " = " + std::to_string(hash);
}

}  // namespace adtally
