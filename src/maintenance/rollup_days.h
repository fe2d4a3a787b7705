#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "maintenance/maintenance_pass.h"

namespace adtally {

struct DayRollup {
  uint64_t days = 0;                  // rolled up
  uint64_t compacted_months = 0;      // brought into one generation
  uint64_t changed_meanwhile = 0;     // days left to the next pass, because something else changed
  std::vector<std::string> problems;  // of days that were left out, in sentences
};

// Rolls adtally.hour up into adtally.day: each day of the calendar whose hours are final in every
// time zone that an advertiser is in, each advertiser's in its own zone; and brings months that are
// complete into one generation.
Result<DayRollup> RollUpDays(const MaintenancePass& pass);

}  // namespace adtally
