#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/strong.h"

namespace adtally {

// How one partition stands, for freshness, readiness and metrics.
struct PartitionStatus {
  Partition partition;
  bool recovered = false;  // counting, after deduplication was brought back
  Offset delivered_to;     // everything before it is in the store
  Offset log_end;

  // Every event appended before this time (ms) is in the store. nullopt until the partition is
  // recovered.
  std::optional<int64_t> complete_to_ms;
  uint64_t events_received = 0;  // since the start, by delivered checkpoints
  uint64_t events_counted = 0;
  uint64_t events_duplicate = 0;
  uint64_t checkpoints = 0;  // delivered since the start
  uint64_t live_ids = 0;     // that deduplication remembers, of ...
  uint64_t max_ids = 0;      // ... these at most: beyond them counting waits
  std::string error;         // what it is waiting for, in a sentence; empty when all is well
};

}  // namespace adtally
