#pragma once

#include "base/result.h"
#include "maintenance/maintenance_pass.h"
#include "maintenance/month_rollup.h"

namespace adtally {

// Merges the sketches of adtally.reach_quarter into adtally.reach: each day of the calendar that
// RollUpDays has come past, each advertiser's in the time zone of its rows in adtally.day.
Result<DayRollup> RollUpReach(const MaintenancePass& pass);

}  // namespace adtally
