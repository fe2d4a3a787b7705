#pragma once

#include <cstdint>
#include <map>

#include "base/result.h"
#include "maintenance/hour_rows.h"
#include "store/store.h"
#include "tiers/tier_status.h"

namespace adtally {

// Which tiers hold what, as it was read. Times are seconds since the epoch.
struct TierState {
  HourStatus hours;
  std::map<uint32_t, TierPartition> archive;
  int64_t minute_floor_s = 0;
  int64_t archive_floor_s = 0;
  int64_t day_floor_s = 0;

  // Whether the archive has the hour's day, or had it until it was too old.
  bool WasArchived(int64_t hour_s) const;
};

Result<TierState> ReadTierState(Store& store);

}  // namespace adtally
