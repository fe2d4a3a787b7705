#pragma once

#include "base/result.h"
#include "maintenance/maintenance_pass.h"
#include "tiers/tier_status.h"

namespace adtally {

// Each copies a partition that is complete (a day whose 24 hours are final, a month whose days are
// all rolled up), or in many generations, into one, if it is in several, and publishes that: the
// partition is then what is published. False when there was nothing to do, or a stop was requested.
// kCorrupt when the copy does not hold the same numbers.
Result<bool> CompactHours(const MaintenancePass& pass, TierPartition& day);
Result<bool> CompactDays(const MaintenancePass& pass, TierPartition& month);
Result<bool> CompactReach(const MaintenancePass& pass, TierPartition& month);

}  // namespace adtally
