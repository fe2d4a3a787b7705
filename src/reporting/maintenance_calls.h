#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace adtally {

// How the passes of a process go.
struct MaintenanceState {
  uint64_t passes = 0;  // that ended
  uint64_t failed_passes = 0;
  std::optional<int64_t> last_ended_ms;  // since the epoch
  int64_t last_duration_ms = 0;
  std::vector<std::string> last_problems;  // of the last pass, in sentences
};

// What the API can ask the process' maintenance to do. Thread-safe.
class MaintenanceCalls {
 public:
  virtual ~MaintenanceCalls() = default;
  // Runs a pass of rollups and retention, which may take minutes, and returns the answer, JSON.
  // kConflict when the store's tiers are not kept.
  virtual Result<std::string> RollUp() = 0;
  // The same for a pass of the archive. kConflict when there is none.
  virtual Result<std::string> MoveToArchive() = 0;
  // Does not block.
  virtual MaintenanceState State() const = 0;
};

}  // namespace adtally
