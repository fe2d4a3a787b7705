#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "maintenance/maintenance_pass.h"

namespace adtally {

// Longer than any statement may read by an old plan: what nobody may begin to read any more is
// dropped this long after that was first seen.
inline constexpr int64_t kGraceMs = 5 * 60 * 1000;

// Drops partitions of one table some time after they are no longer needed. It remembers in memory
// since when: a restart begins the time again. Not thread-safe.
class DelayedDrops {
 public:
  // `table` without database: "hour".
  explicit DelayedDrops(std::string table) : table_(std::move(table)) {}

  // Drops those of `unneeded`, ids of partitions, that were in it for `grace_ms`, in each call
  // since then. Returns how many; fewer when a stop is requested.
  Result<uint64_t> Drop(const MaintenancePass& pass, const std::vector<std::string>& unneeded,
                        int64_t grace_ms);
  // Those that are waited for.
  size_t waiting() const { return since_ms_.size(); }

 private:
  const std::string table_;
  std::map<std::string, int64_t> since_ms_;
};

}  // namespace adtally
