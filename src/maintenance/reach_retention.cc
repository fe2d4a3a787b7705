#include "maintenance/reach_retention.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "maintenance/reach_rows.h"
#include "maintenance/tier_publisher.h"
#include "tiers/tier_status.h"

namespace adtally {
namespace {

using Months = std::map<uint32_t, TierPartition>;

// Whether every day of the calendar that a UTC day has a part of is rolled up.
bool IsRolledUp(const Months& months, uint32_t utc_day) {
  for (const int64_t date_s :
       {DayStart(utc_day) - kDayS, DayStart(utc_day), DayStart(utc_day) + kDayS}) {
    const LocalDay day = LocalDayOf(date_s);
    const auto month = months.find(day.month);
    if (month == months.end() || month->second.Find(day.day) == nullptr) return false;
  }
  return true;
}

Result<int64_t> FloorOf(Store& store, Tier tier) {
  ADTALLY_ASSIGN(const auto floors, ReadTierFloors(store));
  const auto floor = floors.find(tier);
  return floor == floors.end() ? 0 : floor->second;
}

// What was read of the rollups still is what is published.
std::string AreUnchanged(const Months& months) {
  std::string condition = "1";
  for (const auto& [number, month] : months)
    condition += " AND " + IsUnchanged(Tier::kReach, month);
  return condition;
}

}  // namespace

Result<uint64_t> ReachRetention::Apply(const MaintenancePass& pass, int64_t minute_days,
                                       int64_t grace_ms) {
  ADTALLY_ASSIGN(const std::vector<uint32_t> days, QuarterPartitions(pass.store));
  ADTALLY_ASSIGN(const Months months, ReadTierStatus(pass.store, Tier::kReach));
  ADTALLY_ASSIGN(int64_t floor_s, FloorOf(pass.store, Tier::kReach));
  const int64_t kept_from_s = pass.clock.NowMs() / 1000 - minute_days * kDayS;
  int64_t raised_s = floor_s;
  for (const uint32_t day : days) {
    if (DayStart(day) + kDayS > kept_from_s || !IsRolledUp(months, day)) break;
    raised_s = std::max(raised_s, DayStart(day) + kDayS);
  }
  if (raised_s > floor_s) {
    ADTALLY_ASSIGN(const bool raised,
                   RaiseTierFloor(pass.store, Tier::kReach, raised_s, {AreUnchanged(months), {}}));
    if (raised) floor_s = raised_s;
  }
  std::vector<std::string> unneeded;
  for (const uint32_t day : days) {
    if (DayStart(day) + kDayS <= floor_s) unneeded.push_back(std::to_string(day));
  }
  return drops_.Drop(pass, unneeded, grace_ms);
}

Result<uint64_t> RetireReach(const MaintenancePass& pass) {
  ADTALLY_ASSIGN(const int64_t floor_s, FloorOf(pass.store, Tier::kDay));
  ADTALLY_ASSIGN(const Months months, ReadTierStatus(pass.store, Tier::kReach));
  uint64_t retired = 0;
  for (const auto& [number, month] : months) {
    if (month.slots.empty() || MonthStart(NextMonth(number)) > floor_s || pass.stopped()) continue;
    ADTALLY_ASSIGN(
        const bool published,
        PublishTierStatus(pass.store, Tier::kReach, {.partition = number, .version = month.version},
                          pass.clock.NowMs()));
    if (published) ++retired;
  }
  return retired;
}

}  // namespace adtally
