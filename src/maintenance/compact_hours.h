#pragma once

#include "base/result.h"
#include "maintenance/maintenance_pass.h"
#include "tiers/tier_status.h"

namespace adtally {

// Copies a day whose 24 hours are final into one generation, if they are in several, and publishes
// it: `day` is then what is published. False when there was nothing to do, or a stop was requested.
Result<bool> CompactHours(const MaintenancePass& pass, TierPartition& day);

}  // namespace adtally
