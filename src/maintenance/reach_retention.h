#pragma once

#include <cstdint>

#include "base/result.h"
#include "maintenance/delayed_drops.h"
#include "maintenance/maintenance_pass.h"

namespace adtally {

// Drops days of adtally.reach_quarter that are older than the retention of minutes, once
// adtally.reach has them in every time zone. Not thread-safe.
class ReachRetention {
 public:
  // First raises the floor below which nobody may read quarters, then drops what has been below it
  // for `grace_ms`. Returns how many days were dropped.
  Result<uint64_t> Apply(const MaintenancePass& pass, int64_t minute_days, int64_t grace_ms);

 private:
  DelayedDrops drops_{"reach_quarter"};
};

// Takes months of adtally.reach back that are below the floor of adtally.day: TierGarbage drops
// them. Returns how many.
Result<uint64_t> RetireReach(const MaintenancePass& pass);

}  // namespace adtally
