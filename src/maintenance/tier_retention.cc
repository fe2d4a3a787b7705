#include "maintenance/tier_retention.h"

#include <algorithm>

#include "base/rfc3339.h"
#include "maintenance/hour_rows.h"
#include "maintenance/tier_publisher.h"
#include "maintenance/tier_state.h"
#include "tiers/tier_content.h"

namespace adtally {
namespace {

// Before which hour what is kept for `days` may go.
int64_t KeptFrom(const MaintenancePass& pass, int64_t days) {
  return pass.clock.NowMs() / 1000 / kHourS * kHourS - days * kDayS;
}

// Hours in a row that may go, and what has to hold.
struct Expiry {
  int64_t end_s = 0;
  std::string condition = "1";
};

// From `from_s` to the end of its day at most, so that a statement compares a day at most.
Expiry ExpiryOf(const TierState& state, const std::vector<int64_t>& with_minutes, int64_t from_s,
                int64_t limit_s) {
  Expiry expiry{.end_s = from_s};
  const int64_t day_end_s = from_s / kDayS * kDayS + kDayS;
  for (; expiry.end_s < std::min(day_end_s, limit_s); expiry.end_s += kHourS) {
    const TierSlot* slot = FindHour(state.hours, expiry.end_s);
    // The archive was checked against the final hour.
    if (slot == nullptr && state.WasArchived(expiry.end_s)) continue;
    if (slot == nullptr || !slot->final) break;
    if (!std::ranges::binary_search(with_minutes, expiry.end_s)) continue;
    expiry.condition += " AND " + ContentHash(MinuteRows(expiry.end_s)) + " = " +
                        ContentHash(HourRows(slot->generation, expiry.end_s));
  }
  return expiry;
}

// Raises state.minute_floor_s as far as it may. The sentence when an hour's sums differ.
Result<std::string> RaiseMinuteFloor(const MaintenancePass& pass,
                                     const std::vector<int64_t>& with_minutes, int64_t limit_s,
                                     TierState& state) {
  if (with_minutes.empty()) return std::string();
  int64_t from_s = std::max(state.minute_floor_s, with_minutes.front());
  while (!pass.stopped()) {
    const Expiry expiry = ExpiryOf(state, with_minutes, from_s, limit_s);
    if (expiry.end_s == from_s) break;
    ADTALLY_ASSIGN(const bool raised,
                   RaiseTierFloor(pass.store, Tier::kMinute, expiry.end_s, {expiry.condition, {}}));
    if (!raised) {
      return "adtally.minute from " + FormatRfc3339(from_s, {}) + " to " +
             FormatRfc3339(expiry.end_s, {}) +
             " is kept beyond retention.minute_days: the rollup by hour does not hold its sums";
    }
    state.minute_floor_s = from_s = expiry.end_s;
  }
  return std::string();
}

}  // namespace

Result<MinuteRetention::Outcome> MinuteRetention::Apply(const MaintenancePass& pass,
                                                        int64_t minute_days, int64_t grace_ms) {
  Outcome outcome;
  ADTALLY_ASSIGN(const std::vector<int64_t> with_minutes, MinutePartitions(pass.store));
  ADTALLY_ASSIGN(TierState state, ReadTierState(pass.store));
  ADTALLY_ASSIGN(std::string problem,
                 RaiseMinuteFloor(pass, with_minutes, KeptFrom(pass, minute_days), state));
  if (!problem.empty()) outcome.problems.push_back(std::move(problem));
  std::vector<std::string> unneeded;
  for (const int64_t hour_s : with_minutes) {
    if (hour_s >= state.minute_floor_s) break;
    // Once more: an hour whose rollup was lost since is rolled up again by the next pass.
    if (FindHour(state.hours, hour_s) != nullptr || state.WasArchived(hour_s)) {
      unneeded.push_back(MinutePartitionId(hour_s));
    } else {
      outcome.problems.push_back("adtally.minute of " + FormatRfc3339(hour_s, {}) +
                                 " is kept beyond retention.minute_days: no rollup holds it");
    }
  }
  ADTALLY_ASSIGN(outcome.dropped, drops_.Drop(pass, unneeded, grace_ms));
  return outcome;
}

Result<uint64_t> RetireDays(const MaintenancePass& pass, int64_t day_days) {
  const int64_t limit_s = KeptFrom(pass, day_days);
  ADTALLY_ASSIGN(const auto months, ReadTierStatus(pass.store, Tier::kDay));
  uint64_t retired = 0;
  for (const auto& [number, month] : months) {
    const int64_t end_s = MonthStart(NextMonth(number));
    // A day of the calendar ends up to 12 hours later somewhere.
    if (month.slots.empty() || end_s + kDayS / 2 > limit_s || pass.stopped()) continue;
    ADTALLY_TRY(RaiseTierFloor(pass.store, Tier::kDay, end_s));
    ADTALLY_ASSIGN(
        const bool published,
        PublishTierStatus(pass.store, Tier::kDay, {.partition = number, .version = month.version},
                          pass.clock.NowMs()));
    if (published) ++retired;
  }
  return retired;
}

}  // namespace adtally
