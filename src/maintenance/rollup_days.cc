#include "maintenance/rollup_days.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "maintenance/catalog_zones.h"
#include "maintenance/compaction.h"
#include "maintenance/day_accounts.h"
#include "maintenance/day_rows.h"
#include "maintenance/local_days.h"
#include "maintenance/tier_state.h"
#include "store/statement.h"
#include "tiers/tier_content.h"

namespace adtally {
namespace {

constexpr MonthRollup::Kind kDays = {
    Tier::kDay, CompactDays, "the rollup of",
    "does not hold the sums of adtally.hour and was not published: reports read the hours"};

class DayRoller {
 public:
  DayRoller(const MaintenancePass& pass, MonthRollup& months) : pass_(pass), months_(months) {}
  Result<void> Run();

 private:
  Result<void> ReadState();
  // Whether [from_s, to_s) is rolled up and final; there is nothing before the first hour.
  bool AreFinal(const UtcHours& hours) const;
  bool AreEmpty(const UtcHours& hours) const;
  bool AreArchived(const UtcHours& hours) const;
  // False when the hours that the day needs are not final yet.
  Result<bool> RollUp(const LocalDay& day);
  Result<void> RollUpHours(const LocalDay& day, const std::vector<ZoneDay>& in_zones,
                           const std::string& hours);

  const MaintenancePass& pass_;
  MonthRollup& months_;
  TierState state_;
  std::vector<std::string> zones_;  // in use
  int64_t first_s_ = 0;             // of the first hour that there ever was
  int64_t last_s_ = 0;              // end of the last that is rolled up
};

Result<void> DayRoller::ReadState() {
  ADTALLY_ASSIGN(state_, ReadTierState(pass_.store));
  ADTALLY_ASSIGN(const auto in_catalog, CatalogZones(pass_.store));
  ADTALLY_ASSIGN(const auto in_use, ZonesOfAccounts(pass_.store));
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

Result<void> DayRoller::RollUpHours(const LocalDay& day, const std::vector<ZoneDay>& in_zones,
                                    const std::string& hours) {
  ADTALLY_TRY(UpdateDayAccounts(pass_, day, zones_, hours));
  if (pass_.stopped()) return {};
  ADTALLY_ASSIGN(const auto accounts, ReadAccountsHash(pass_.store, zones_));
  if (!accounts) {
    ++months_.result().changed_meanwhile;
    return {};
  }
  const Generation generation = NewGeneration();
  const Statement rows = RowsOfLocalDay(day, in_zones, hours, "hour");
  const std::string dimensions(kDimensionColumns);
  ADTALLY_TRY(
      RunStatement(pass_.store,
                   {"INSERT INTO adtally.day (day, time_zone, generation, " + dimensions + ", " +
                        std::string(kMeasureColumns) + ") SELECT " + DateLiteral(day) +
                        ", time_zone, " + std::to_string(generation) + ", " + dimensions + ", " +
                        SummedMeasures() + " FROM " + rows.sql + " GROUP BY time_zone, " +
                        dimensions + " SETTINGS optimize_on_insert = 0" + pass_.settings(),
                    rows.params},
                   ""));
  return months_.Publish(
      day, generation,
      {.unchanged = AccountsAreStill(*accounts) + " AND (SELECT count() FROM " + hours + " AND " +
                    HasNoAccount() + ") = 0",
       .sums = ContentHash(rows.sql) + " = " + ContentHash(DayRows(generation, day)),
       .params = rows.params});
}

Result<bool> DayRoller::RollUp(const LocalDay& day) {
  if (day.utc_s() >= last_s_) return false;
  if (day.utc_s() + kDayS + kMaxOffsetS <= first_s_) {
    ADTALLY_TRY(months_.PublishEmpty(day));
    return true;
  }
  ADTALLY_ASSIGN(const auto in_zones, DayInZones(pass_.store, day, zones_));
  const UtcHours hours = HoursOf(day, in_zones);
  if (!AreFinal(hours)) return AreArchived(hours);
  if (AreEmpty(hours)) {
    ADTALLY_TRY(months_.PublishEmpty(day));
  } else {
    ADTALLY_TRY(
        RollUpHours(day, in_zones, PublishedHourRows(state_.hours, hours.from_s, hours.to_s)));
  }
  return true;
}

Result<void> DayRoller::Run() {
  ADTALLY_TRY(ReadState());
  if (state_.hours.empty()) return {};
  // From the first of the month, so that every month becomes complete.
  int64_t at = MonthStart(MonthNumber(std::max(first_s_ - kDayS, state_.day_floor_s)));
  for (; at < last_s_ && !pass_.stopped(); at += kDayS) {
    const LocalDay day = LocalDayOf(at);
    if (!months_.Has(day)) {
      ADTALLY_ASSIGN(const bool rolled, RollUp(day));
      if (!rolled) break;
    }
    if (MonthNumber(at + kDayS) != day.month) ADTALLY_TRY(months_.Compact(day.month));
  }
  return months_.Compact(MonthNumber(at - kDayS));
}

}  // namespace

Result<DayRollup> RollUpDays(const MaintenancePass& pass) {
  ADTALLY_ASSIGN(MonthRollup months, MonthRollup::Read(pass, kDays));
  ADTALLY_TRY(DayRoller(pass, months).Run());
  return std::move(months.result());
}

}  // namespace adtally
