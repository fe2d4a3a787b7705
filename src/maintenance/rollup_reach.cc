#include "maintenance/rollup_reach.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "maintenance/day_accounts.h"
#include "maintenance/local_days.h"
#include "maintenance/reach_rows.h"
#include "maintenance/tier_publisher.h"
#include "store/row_binary_reader.h"
#include "store/statement.h"
#include "tiers/reach_sketch.h"

namespace adtally {
namespace {

class ReachRoller {
 public:
  explicit ReachRoller(const MaintenancePass& pass) : pass_(pass) {}
  Result<ReachRollup> Run();

 private:
  Result<void> ReadState();
  bool IsDue(const LocalDay& day) const;
  bool HasQuarters(const LocalDay& day) const;
  Result<void> RollUp(const LocalDay& day);
  // The hash of the zone's rows, which were found to hold the same users as their quarters; nullopt
  // when not.
  Result<std::optional<uint64_t>> RollUpZone(const LocalDay& day, Generation generation,
                                             const std::string& zone);
  Result<void> Publish(const LocalDay& day, Generation generation, const std::string& condition);

  const MaintenancePass& pass_;
  ReachRollup result_;
  std::vector<uint32_t> quarters_;  // UTC days of adtally.reach_quarter
  std::map<uint32_t, TierPartition> months_;
  int64_t floor_s_ = 0;     // of the quarters
  int64_t last_day_s_ = 0;  // the last date in adtally.day
};

Result<void> ReachRoller::ReadState() {
  ADTALLY_ASSIGN(quarters_, QuarterPartitions(pass_.store));
  ADTALLY_ASSIGN(months_, ReadTierStatus(pass_.store, Tier::kReach));
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
  if (QuartersOf(day).from_s < floor_s_) return false;
  const auto month = months_.find(day.month);
  return month == months_.end() || month->second.Find(day.day) == nullptr;
}

bool ReachRoller::HasQuarters(const LocalDay& day) const {
  const UtcHours span = QuartersOf(day);
  return std::ranges::any_of(quarters_, [&](uint32_t number) {
    return DayStart(number) < span.to_s && DayStart(number) + kDayS > span.from_s;
  });
}

Result<std::optional<uint64_t>> ReachRoller::RollUpZone(const LocalDay& day, Generation generation,
                                                        const std::string& zone) {
  const std::string of_zone = QuarterRows(day) + " AND " + IsAccountOfZone(day);
  const std::vector<SqlParam> params = {{"zone", zone}};
  ADTALLY_TRY(RunStatement(
      pass_.store,
      {"INSERT INTO adtally.reach (day, time_zone, generation, advertiser_id, campaign_id, users) "
       "SELECT " +
           DateLiteral(day) + ", {zone:String}, " + std::to_string(generation) +
           ", advertiser_id, campaign_id, " + std::string(kMergeReach) + "(users) FROM " + of_zone +
           " GROUP BY advertiser_id, campaign_id SETTINGS max_threads = 1",
       params},
      ""));
  ADTALLY_ASSIGN(
      const std::string answer,
      RunStatement(pass_.store,
                   {"SELECT " + ReachHash(of_zone) + " AS quarters, " +
                        ReachHash(ReachRows(generation, day) + " AND time_zone = {zone:String}") +
                        " AS days",
                    params},
                   "RowBinary"));
  RowBinaryReader reader(answer);
  const uint64_t of_quarters = reader.UInt64();
  const uint64_t of_days = reader.UInt64();
  if (!reader.ok() || !reader.done()) {
    return Error{ErrorCode::kInternal, "the store's answer about adtally.reach cannot be read"};
  }
  if (of_quarters != of_days) return std::optional<uint64_t>();
  return std::optional<uint64_t>(of_days);
}

Result<void> ReachRoller::RollUp(const LocalDay& day) {
  if (!HasQuarters(day)) return Publish(day, NewGeneration(), "1");
  ADTALLY_ASSIGN(const uint64_t accounts, ReadAccountsHash(pass_.store));
  ADTALLY_ASSIGN(const auto zones, ZonesOfAccounts(pass_.store, &day));
  const Generation generation = NewGeneration();
  // An advertiser is in one zone, so hashes of zones add up to that of all.
  uint64_t hash = 0;
  for (const std::string& zone : zones) {
    if (pass_.stopped()) return {};
    ADTALLY_ASSIGN(const auto of_zone, RollUpZone(day, generation, zone));
    if (!of_zone) {
      result_.problems.push_back("the reach of " + day.text() + " in " + zone +
                                 " is not that of its quarters of an hour and was not published: "
                                 "reports read the quarters");
      return {};
    }
    hash += *of_zone;
  }
  return Publish(day, generation,
                 AccountsAreStill(accounts) + " AND " + ReachHash(ReachRows(generation, day)) +
                     " = " + std::to_string(hash));
}

Result<void> ReachRoller::Publish(const LocalDay& day, Generation generation,
                                  const std::string& condition) {
  TierPartition& month =
      months_.try_emplace(day.month, TierPartition{.partition = day.month}).first->second;
  const TierSlot slot{.slot = day.day, .generation = generation, .final = true};
  ADTALLY_ASSIGN(const bool published,
                 PublishChanges(pass_, Tier::kReach, {{slot}, {condition}}, month));
  ++(published ? result_.days : result_.changed_meanwhile);
  return {};
}

Result<ReachRollup> ReachRoller::Run() {
  ADTALLY_TRY(ReadState());
  if (quarters_.empty()) return result_;
  for (int64_t at = DayStart(quarters_.front()) - kDayS; at <= last_day_s_ && !pass_.stopped();
       at += kDayS) {
    if (const LocalDay day = LocalDayOf(at); IsDue(day)) ADTALLY_TRY(RollUp(day));
  }
  return result_;
}

}  // namespace

Result<ReachRollup> RollUpReach(const MaintenancePass& pass) {
  return ReachRoller(pass).Run();
}

}  // namespace adtally
