#pragma once

#include "base/result.h"
#include "maintenance/maintenance_pass.h"
#include "tiers/tier_status.h"

namespace adtally {

// Copies a month whose days are all rolled up into one generation, if they are in several, and
// publishes it: `month` is then what is published. False when there was nothing to do, or a stop
// was requested. kCorrupt when the copy does not hold the same sums.
Result<bool> CompactDays(const MaintenancePass& pass, TierPartition& month);

}  // namespace adtally
