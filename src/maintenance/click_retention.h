#pragma once

#include <cstdint>

#include "base/result.h"
#include "maintenance/delayed_drops.h"
#include "maintenance/maintenance_pass.h"

namespace adtally {

// Drops months of adtally.click_conversion that are below the floor of adtally.day, where no report
// reads clicks. Not thread-safe.
class ClickRetention {
 public:
  // Those that have been below it for `grace_ms`. Returns how many.
  Result<uint64_t> Apply(const MaintenancePass& pass, int64_t grace_ms);

 private:
  DelayedDrops drops_{"click_conversion"};
};

}  // namespace adtally
