#include "maintenance/rollup_days.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include "maintenance/catalog_zones.h"
#include "maintenance/compact_days.h"
#include "maintenance/day_accounts.h"
#include "maintenance/day_rows.h"
#include "maintenance/local_days.h"
#include "maintenance/tier_publisher.h"
#include "maintenance/tier_state.h"
#include "store/row_binary_reader.h"
#include "store/statement.h"
#include "tiers/tier_content.h"

namespace adtally {
namespace {

class DayRoller {
 public:
  explicit DayRoller(const MaintenancePass& pass) : pass_(pass) {}
  Result<DayRollup> Run();

 private:
  Result<void> ReadState();
  // Whether [from_s, to_s) is rolled up and final; there is nothing before the first hour.
  bool AreFinal(const UtcHours& hours) const;
  bool AreEmpty(const UtcHours& hours) const;
  bool AreArchived(const UtcHours& hours) const;
  // False when the hours that the day needs are not final yet.
  Result<bool> RollUp(const LocalDay& day);
  Result<std::optional<uint64_t>> RollUpZone(const LocalDay& day, Generation generation,
                                             const std::string& zone, const std::string& hours);
  Result<void> RollUpZones(const LocalDay& day, const std::string& hours);
  Result<void> Publish(const LocalDay& day, Generation generation, const std::string& condition);
  Result<void> CompactMonth(uint32_t number);

  const MaintenancePass& pass_;
  DayRollup result_;
  TierState state_;
  std::map<uint32_t, TierPartition> months_;
  std::vector<std::string> zones_;  // in use
  int64_t first_s_ = 0;             // of the first hour that there ever was
  int64_t last_s_ = 0;              // end of the last that is rolled up
};

Result<void> DayRoller::ReadState() {
  ADTALLY_ASSIGN(state_, ReadTierState(pass_.store));
  ADTALLY_ASSIGN(months_, ReadTierStatus(pass_.store, Tier::kDay));
  ADTALLY_ASSIGN(const auto in_catalog, CatalogZones(pass_.store));
  ADTALLY_ASSIGN(const auto in_use, ZonesOfAccounts(pass_.store, nullptr));
  std::ranges::set_union(in_catalog, in_use, std::back_inserter(zones_));
  if (state_.hours.empty()) return {};
  // Days that were archived are still named there, without hours.
  first_s_ = DayStart(state_.hours.begin()->first);
  last_s_ = DayStart(state_.hours.rbegin()->first) + kDayS;
  return {};
}

bool DayRoller::AreFinal(const UtcHours& hours) const {
  for (int64_t at = std::max(hours.from_s, first_s_); at < hours.to_s; at += kHourS) {
    const TierSlot* slot = FindHour(state_.hours, at);
    if (slot == nullptr || !slot->final) return false;
  }
  return true;
}

// Some of them: they were not rolled up into a day in time, so that reports read the archive.
bool DayRoller::AreArchived(const UtcHours& hours) const {
  for (int64_t at = std::max(hours.from_s, first_s_); at < hours.to_s; at += kHourS) {
    if (FindHour(state_.hours, at) == nullptr && state_.WasArchived(at)) return true;
  }
  return false;
}

bool DayRoller::AreEmpty(const UtcHours& hours) const {
  for (int64_t at = std::max(hours.from_s, first_s_); at < hours.to_s; at += kHourS) {
    const TierSlot* slot = FindHour(state_.hours, at);
    if (slot == nullptr || slot->mark != kEmptyHourMark) return false;
  }
  return true;
}

// The hash of the zone's rows, which were found to hold the sums of their hours; nullopt when not.
Result<std::optional<uint64_t>> DayRoller::RollUpZone(const LocalDay& day, Generation generation,
                                                      const std::string& zone,
                                                      const std::string& hours) {
  const std::string of_zone = hours + " AND toDate(hour, {zone:String}) = " + DateLiteral(day) +
                              " AND " + IsAccountOfZone(day);
  const std::string dimensions(kDimensionColumns);
  const std::vector<SqlParam> params = {{"zone", zone}};
  ADTALLY_TRY(RunStatement(
      pass_.store,
      {"INSERT INTO adtally.day (day, time_zone, generation, " + dimensions + ", " +
           std::string(kMeasureColumns) + ") SELECT " + DateLiteral(day) + ", {zone:String}, " +
           std::to_string(generation) + ", " + dimensions + ", " + SummedMeasures() + " FROM " +
           of_zone + " GROUP BY " + dimensions +
           " SETTINGS optimize_aggregation_in_order = 1, optimize_on_insert = 0, max_threads = 1",
       params},
      ""));
  ADTALLY_ASSIGN(
      const std::string answer,
      RunStatement(
          pass_.store,
          {"SELECT assumeNotNull(" + ContentHash(of_zone) + "), assumeNotNull(" +
               ContentHash(DayRows(generation, day) + " AND time_zone = {zone:String}") + ")",
           params},
          "RowBinary"));
  RowBinaryReader reader(answer);
  const uint64_t of_hours = reader.UInt64();
  const uint64_t of_days = reader.UInt64();
  if (!reader.ok() || !reader.done()) {
    return Error{ErrorCode::kInternal, "the store's answer about adtally.day cannot be read"};
  }
  if (of_hours != of_days) return std::optional<uint64_t>();
  return std::optional<uint64_t>(of_days);
}

Result<void> DayRoller::RollUpZones(const LocalDay& day, const std::string& hours) {
  ADTALLY_TRY(UpdateDayAccounts(pass_, day, zones_, hours));
  ADTALLY_ASSIGN(const uint64_t accounts, ReadAccountsHash(pass_.store));
  ADTALLY_ASSIGN(const auto zones, ZonesOfAccounts(pass_.store, &day));
  const Generation generation = NewGeneration();
  // An advertiser is in one zone, so hashes of zones add up to that of all.
  uint64_t hash = 0;
  for (const std::string& zone : zones) {
    if (pass_.stopped()) return {};
    ADTALLY_ASSIGN(const auto of_zone, RollUpZone(day, generation, zone, hours));
    if (!of_zone) {
      result_.problems.push_back("the rollup of " + day.text() + " in " + zone +
                                 " does not hold the sums of adtally.hour and was not published: "
                                 "reports read the hours");
      return {};
    }
    hash += *of_zone;
  }
  return Publish(day, generation,
                 AccountsAreStill(accounts) + " AND (SELECT count() FROM " + hours + " AND " +
                     HasNoAccount() + ") = 0 AND " + ContentHash(DayRows(generation, day)) + " = " +
                     std::to_string(hash));
}

Result<void> DayRoller::Publish(const LocalDay& day, Generation generation,
                                const std::string& condition) {
  TierPartition& month =
      months_.try_emplace(day.month, TierPartition{.partition = day.month}).first->second;
  const TierSlot slot{.slot = day.day, .generation = generation, .final = true};
  ADTALLY_ASSIGN(const bool published,
                 PublishChanges(pass_, Tier::kDay, {{slot}, {condition}}, month));
  ++(published ? result_.days : result_.changed_meanwhile);
  return {};
}

Result<bool> DayRoller::RollUp(const LocalDay& day) {
  if (day.utc_s() >= last_s_) return false;
  ADTALLY_ASSIGN(const UtcHours hours, HoursOfLocalDay(pass_.store, day, zones_));
  if (!AreFinal(hours)) return AreArchived(hours);
  if (AreEmpty(hours)) {
    ADTALLY_TRY(Publish(day, NewGeneration(), "1"));
  } else {
    ADTALLY_TRY(RollUpZones(day, PublishedHourRows(state_.hours, hours.from_s, hours.to_s)));
  }
  return true;
}

Result<void> DayRoller::CompactMonth(uint32_t number) {
  const auto month = months_.find(number);
  if (month == months_.end() || pass_.stopped()) return {};
  auto compacted = CompactDays(pass_, month->second);
  if (!compacted.ok()) {
    if (compacted.error().code != ErrorCode::kCorrupt) return std::move(compacted).error();
    result_.problems.push_back(compacted.error().message);
  } else if (*compacted) {
    ++result_.compacted_months;
  }
  return {};
}

Result<DayRollup> DayRoller::Run() {
  ADTALLY_TRY(ReadState());
  if (state_.hours.empty()) return result_;
  // From the first of the month, so that every month becomes complete.
  int64_t at = MonthStart(MonthNumber(std::max(first_s_ - kDayS, state_.day_floor_s)));
  for (; at < last_s_ && !pass_.stopped(); at += kDayS) {
    const LocalDay day = LocalDayOf(at);
    const auto month = months_.find(day.month);
    if (month == months_.end() || month->second.Find(day.day) == nullptr) {
      ADTALLY_ASSIGN(const bool rolled, RollUp(day));
      if (!rolled) break;
    }
    if (MonthNumber(at + kDayS) != day.month) ADTALLY_TRY(CompactMonth(day.month));
  }
  return result_;
}

}  // namespace

Result<DayRollup> RollUpDays(const MaintenancePass& pass) {
  return DayRoller(pass).Run();
}

}  // namespace adtally
