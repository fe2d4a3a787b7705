#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"

namespace adtally {

// `adtally generate --history`.
struct HistoryRun {
  std::string length;  // "2y", "6m", "90d": days, months of 30 days, years of 365
  std::string config_path;
  std::string data_dir = "adtally-data";
  std::optional<int64_t> until_ms;  // where it ends; by default the hour that is not over yet
  uint64_t seed = 1;
  uint32_t campaigns = 1000;
  uint32_t campaigns_per_advertiser = 20;
  double zipf = 1.3;
  double scale = 1;
  std::string truth_path;  // empty: none
};

// Writes history into the tiers of a new store, and its names into the catalog. Prints how far it
// is. kConflict when the store holds traffic already or is in use.
Result<void> RunHistory(const HistoryRun& run, const char* const* environment);

}  // namespace adtally
