#include "maintenance/archive_retention.h"

#include <algorithm>
#include <map>

#include "tiers/tier_status.h"

namespace adtally {

Result<uint64_t> RetireArchiveMonths(const ArchivePass& pass, int64_t before_s) {
  ADTALLY_ASSIGN(const auto archive, ReadTierStatus(pass.store, Tier::kArchive));
  uint64_t retired = 0;
  for (const auto& [month, status] : archive) {
    const int64_t end_s = MonthStart(NextMonth(month));
    if (status.slots.empty() || end_s > before_s || pass.stopped()) continue;
    ADTALLY_TRY(RaiseTierFloor(pass.store, Tier::kArchive, end_s));
    TierPartition empty = status;
    empty.slots.clear();
    ADTALLY_ASSIGN(const bool published,
                   PublishTierStatus(pass.store, Tier::kArchive, empty, pass.clock.NowMs()));
    if (published) ++retired;
  }
  return retired;
}

}  // namespace adtally
