#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "maintenance/maintenance_pass.h"

namespace adtally {

struct ReachRollup {
  uint64_t days = 0;                  // rolled up
  uint64_t changed_meanwhile = 0;     // days left to the next pass, because something else changed
  std::vector<std::string> problems;  // of days that were left out, in sentences
};

// Merges the sketches of adtally.reach_quarter into adtally.reach: each day of the calendar that
// RollUpDays has come past, each advertiser's in the time zone of its rows in adtally.day.
Result<ReachRollup> RollUpReach(const MaintenancePass& pass);

}  // namespace adtally
