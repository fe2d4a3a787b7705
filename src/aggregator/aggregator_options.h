#pragma once

#include <cstddef>
#include <cstdint>

#include "counting/partition_counter.h"

namespace adtally {

struct AggregatorOptions {
  CountingOptions counting;
  // At least this many ms lie between two checkpoints of a partition. After a pause the first event
  // is cut at once.
  int64_t checkpoint_interval_ms = 2000;
  // A checkpoint is cut early at this many minute rows, which bounds its memory to about 100 bytes
  // times this.
  size_t max_checkpoint_rows = 500'000;
  // ... and at this many records, which bounds what is read again when another aggregator's
  // boundary wins.
  uint64_t max_checkpoint_records = 1'000'000;
  // ... and at this many new event ids, at 17 bytes each while the checkpoint is under way.
  size_t max_checkpoint_ids = 8'000'000;
  // Bytes of records read from the log at a time.
  size_t read_bytes = 4 << 20;
  // Event ids that one partition may remember, at about 11 bytes each.
  uint64_t max_ids_per_partition = 100'000'000;
  // How long the log keeps delivered records, hours. Above dedup_window_hours + 2, which a restart
  // may read again.
  int64_t log_retention_hours = 72;
};

}  // namespace adtally
