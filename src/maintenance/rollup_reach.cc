#include "maintenance/rollup_reach.h"

#include <algorithm>
#include <utility>

#include "maintenance/compaction.h"
#include "maintenance/day_accounts.h"
#include "maintenance/local_days.h"
#include "maintenance/reach_rows.h"
#include "store/statement.h"
#include "tiers/reach_sketch.h"

namespace adtally {
namespace {

constexpr MonthRollup::Kind kReach = {
    Tier::kReach, CompactReach, "the reach of",
    "is not that of its quarters of an hour and was not published: reports read the quarters"};

class ReachRoller {
 public:
  ReachRoller(const MaintenancePass& pass, MonthRollup& months) : pass_(pass), months_(months) {}
  Result<void> Run();

 private:
  Result<void> ReadState();
  bool IsDue(const LocalDay& day) const;
  bool HasQuarters(const LocalDay& day) const;
  Result<void> RollUp(const LocalDay& day);

  const MaintenancePass& pass_;
  MonthRollup& months_;
  std::vector<uint32_t> quarters_;  // UTC days of adtally.reach_quarter
  std::vector<std::string> zones_;  // of the accounts
  int64_t floor_s_ = 0;             // of the quarters
  int64_t last_day_s_ = 0;          // the last date in adtally.day
};

Result<void> ReachRoller::ReadState() {
  ADTALLY_ASSIGN(quarters_, QuarterPartitions(pass_.store));
  ADTALLY_ASSIGN(zones_, ZonesOfAccounts(pass_.store));
  ADTALLY_ASSIGN(const auto floors, ReadTierFloors(pass_.store));
  if (const auto floor = floors.find(Tier::kReach); floor != floors.end()) floor_s_ = floor->second;
  ADTALLY_ASSIGN(const auto days, ReadTierStatus(pass_.store, Tier::kDay));
  for (const auto& [number, month] : days) {
    if (month.slots.empty()) continue;
    last_day_s_ = LocalDay{number, month.slots.back().slot}.utc_s();
  }
  return {};
}

// Not when some of its quarters may have been dropped: then it had none when they were.
bool ReachRoller::IsDue(const LocalDay& day) const {
  return QuartersOf(day).from_s >= floor_s_ && !months_.Has(day);
}

bool ReachRoller::HasQuarters(const LocalDay& day) const {
  const UtcHours span = QuartersOf(day);
  return std::ranges::any_of(quarters_, [&](uint32_t number) {
    return DayStart(number) < span.to_s && DayStart(number) + kDayS > span.from_s;
  });
}

Result<void> ReachRoller::RollUp(const LocalDay& day) {
  if (!HasQuarters(day)) return months_.PublishEmpty(day);
  ADTALLY_ASSIGN(const auto accounts, ReadAccountsHash(pass_.store, zones_));
  if (!accounts) {
    ++months_.result().changed_meanwhile;
    return {};
  }
  ADTALLY_ASSIGN(const auto in_zones, DayInZones(pass_.store, day, zones_));
  const Generation generation = NewGeneration();
  const Statement rows = RowsOfLocalDay(day, in_zones, QuarterRows(day), "quarter");
  ADTALLY_TRY(RunStatement(
      pass_.store,
      {"INSERT INTO adtally.reach (day, time_zone, generation, advertiser_id, campaign_id, users) "
       "SELECT " +
           DateLiteral(day) + ", time_zone, " + std::to_string(generation) +
           ", advertiser_id, campaign_id, " + std::string(kMergeReach) + "(users) FROM " +
           rows.sql + " GROUP BY time_zone, advertiser_id, campaign_id" +
           " SETTINGS optimize_on_insert = 0" + pass_.settings(),
       rows.params},
      ""));
  return months_.Publish(
      day, generation,
      {.unchanged = AccountsAreStill(*accounts),
       .sums = ReachHash(rows.sql) + " = " + ReachHash(ReachRows(generation, day)),
       .params = rows.params});
}

Result<void> ReachRoller::Run() {
  ADTALLY_TRY(ReadState());
  if (quarters_.empty()) return {};
  int64_t at = DayStart(quarters_.front()) - kDayS;
  for (; at <= last_day_s_ && !pass_.stopped(); at += kDayS) {
    const LocalDay day = LocalDayOf(at);
    if (IsDue(day)) ADTALLY_TRY(RollUp(day));
    if (MonthNumber(at + kDayS) != day.month) ADTALLY_TRY(months_.Compact(day.month));
  }
  return months_.Compact(MonthNumber(at - kDayS));
}

}  // namespace

Result<DayRollup> RollUpReach(const MaintenancePass& pass) {
  ADTALLY_ASSIGN(MonthRollup months, MonthRollup::Read(pass, kReach));
  ADTALLY_TRY(ReachRoller(pass, months).Run());
  return std::move(months.result());
}

}  // namespace adtally
