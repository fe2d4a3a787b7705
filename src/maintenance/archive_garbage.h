#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/result.h"
#include "maintenance/archive_pass.h"

namespace adtally {

// How long files that are no longer needed are kept: longer than any statement may read by an old
// plan.
inline constexpr int64_t kArchiveGraceMs = 5 * 60 * 1000;
// How old a file must be that was never published: longer than a run takes from a file to
// publishing its month.
inline constexpr int64_t kArchiveMinAgeMs = 60 * 60 * 1000;

// Removes files that killed runs have left, and those of months that are too old: of the names that
// the archive makes, those that no published generation has. One that a manifest names and this
// store knows nothing of is another store's, and stays. It remembers in memory since when files are
// not needed: a restart begins the time again. Not thread-safe.
class ArchiveGarbage {
 public:
  // How many were removed; fewer when a stop was requested. With options.alone at once.
  Result<uint64_t> Collect(const ArchivePass& pass);

 private:
  bool IsDue(const ArchivePass& pass, const ArchiveStorage::File& file);

  std::map<std::string, int64_t> since_ms_;
};

}  // namespace adtally
