#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "maintenance/delayed_drops.h"
#include "maintenance/maintenance_pass.h"

namespace adtally {

// How long tiers are kept, whole days before now.
struct TierRetention {
  int64_t minute_days = 7;
  int64_t day_days = 730;
};

// Drops hours of adtally.minute that are older than the retention, once adtally.hour is seen to
// hold their sums. Not thread-safe.
class MinuteRetention {
 public:
  struct Outcome {
    uint64_t dropped = 0;               // hours
    std::vector<std::string> problems;  // hours that are kept for another reason, in sentences
  };

  // First raises the floor below which nobody may read minutes, as far as the hours are final and
  // their rollups hold the same sums, which the store checks in the statement that raises it; then
  // drops what has been below it for `grace_ms`.
  Result<Outcome> Apply(const MaintenancePass& pass, int64_t minute_days, int64_t grace_ms);

 private:
  DelayedDrops drops_{"minute"};
};

// Takes months of adtally.day back that are wholly older than `day_days`, by raising the floor
// below which nobody may read it: TierGarbage drops them. Returns how many.
Result<uint64_t> RetireDays(const MaintenancePass& pass, int64_t day_days);

}  // namespace adtally
