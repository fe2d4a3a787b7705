#pragma once

#include <string>

#include "base/result.h"

namespace adtally {

// What the API can ask the process' maintenance to do. Thread-safe.
class MaintenanceCalls {
 public:
  virtual ~MaintenanceCalls() = default;
  // Runs a pass of rollups and retention, which may take minutes, and returns the answer, JSON.
  // kConflict when the store's tiers are not kept.
  virtual Result<std::string> RollUp() = 0;
  // The same for a pass of the archive. kConflict when there is none.
  virtual Result<std::string> MoveToArchive() = 0;
};

}  // namespace adtally
