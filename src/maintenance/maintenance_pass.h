#pragma once

#include <cstdint>
#include <stop_token>
#include <string>

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
  unsigned threads = 1;  // of a statement that reads many rows; 0: as many as there are cores

  bool stopped() const { return stop.stop_requested(); }
  // More SETTINGS of such a statement.
  std::string settings() const { return ", max_threads = " + std::to_string(threads); }
};

}  // namespace adtally
