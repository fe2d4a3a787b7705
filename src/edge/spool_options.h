#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "edge/partitioner.h"

namespace adtally {

struct SpoolOptions {
  // What the log has not acknowledged by then is spooled. 0: nothing is, and what was is drained.
  int64_t after_ms = 250;
  int failures_to_open = 2;              // of appends in a row, until everything is spooled at once
  size_t drain_bytes = size_t{1} << 20;  // handed to the log at a time
  int64_t min_retry_ms = 100;            // between attempts to drain while the log fails: doubling
  int64_t max_retry_ms = 2000;
  PartitionKey partition_key;  // for records that were spooled for another number of partitions
};

// What the spool holds and did since it started. Records are log records, of many events each.
struct SpoolStatus {
  uint64_t records = 0;
  uint64_t bytes = 0;
  uint64_t max_bytes = 0;
  std::optional<int64_t> oldest_ms;  // when the oldest of them came, by the clock
  bool log_down = false;             // everything is spooled at once
  bool failing = false;              // the last record to be spooled was refused
  uint64_t spooled_total = 0;
  uint64_t drained_total = 0;
  uint64_t refused_total = 0;  // appends that found no room or a failing disk
};

}  // namespace adtally
