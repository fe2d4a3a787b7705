#include "maintenance/tier_publisher.h"

namespace adtally {

Result<bool> PublishChanges(const MaintenancePass& pass, Tier tier, const TierChanges& changes,
                            TierPartition& read) {
  TierPartition next = read;
  for (const TierSlot& slot : changes.slots) next.Set(slot);
  std::string condition = "1";
  for (const std::string& one : changes.conditions) condition += " AND " + one;
  ADTALLY_ASSIGN(const bool published, PublishTierStatus(pass.store, tier, next, pass.clock.NowMs(),
                                                         {condition, changes.params}));
  ADTALLY_ASSIGN(const auto now, ReadTierStatus(pass.store, tier, read.partition, read.partition));
  const auto found = now.find(read.partition);
  if (found != now.end()) read = found->second;
  return published;
}

}  // namespace adtally
