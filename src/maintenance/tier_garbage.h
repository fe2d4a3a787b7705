#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>

#include "base/result.h"
#include "maintenance/delayed_drops.h"
#include "maintenance/maintenance_pass.h"
#include "tiers/tier.h"

namespace adtally {

// How old the newest rows of a generation must be that was never seen published: longer than any
// run takes from its last insert to publishing it.
inline constexpr int64_t kUnpublishedForMs = 60 * 60 * 1000;

// Drops generations of a tier's table that adtally.tier_status does not name: those that were
// replaced, and those of runs that were killed. Not thread-safe.
class TierGarbage {
 public:
  // `table` without database, partitioned by (number, generation) as adtally.hour is.
  TierGarbage(Tier tier, std::string table)
      : tier_(tier), table_(std::move(table)), drops_(table_) {}

  // `alone`: no other process writes rollups, and nobody reads by a plan that was made before this
  // call. Then they go at once. Otherwise each goes when it was left unnamed for kGraceMs, and, if
  // it was never seen named, is older than kUnpublishedForMs. Returns how many were dropped.
  Result<uint64_t> Collect(const MaintenancePass& pass, bool alone);

 private:
  const Tier tier_;
  const std::string table_;
  DelayedDrops drops_;
  std::set<std::string> seen_named_;  // of those that exist
};

}  // namespace adtally
