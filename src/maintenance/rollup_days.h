#pragma once

#include "base/result.h"
#include "maintenance/maintenance_pass.h"
#include "maintenance/month_rollup.h"

namespace adtally {

// Rolls adtally.hour up into adtally.day: each day of the calendar whose hours are final in every
// time zone that an advertiser is in, each advertiser's in its own zone; and brings months that are
// complete into one generation.
Result<DayRollup> RollUpDays(const MaintenancePass& pass);

}  // namespace adtally
