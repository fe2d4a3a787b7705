#pragma once

#include <cstdint>
#include <stop_token>

#include "base/clock.h"
#include "store/store.h"

namespace adtally {

inline constexpr int64_t kHourS = 3600;
inline constexpr int64_t kDayS = 24 * kHourS;

// What the steps of a pass work with; everything outlives them. A step looks at `stop` between its
// statements and ends early, in good order, when a stop is requested.
struct MaintenancePass {
  Store& store;
  const Clock& clock;
  std::stop_token stop;

  bool stopped() const { return stop.stop_requested(); }
};

}  // namespace adtally
