#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "maintenance/maintenance_pass.h"
#include "store/store.h"
#include "tiers/tier_status.h"

namespace adtally {

// Slots of one partition that are published together, once the store finds that all `conditions`
// hold: SQL expressions with parameters.
struct TierChanges {
  std::vector<TierSlot> slots;
  std::vector<std::string> conditions;
  std::vector<SqlParam> params = {};
};

// Publishes them if nobody else has published the partition since `read`, which is then what is
// published. False when a condition does not hold.
Result<bool> PublishChanges(const MaintenancePass& pass, Tier tier, const TierChanges& changes,
                            TierPartition& read);

}  // namespace adtally
