#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "counting/partition_counter.h"

namespace adtally {

struct AggregatorOptions {
  CountingOptions counting;
  // Threads that count, and threads that deliver, for all partitions together; at least 1 each. No
  // more are started than there are partitions. They change nothing of what is counted.
  int counting_threads = 2;
  int delivery_threads = 2;
  // At least this many ms lie between two checkpoints of a partition, unless one is full. After a
  // pause the first events are cut at once. A backlog is cut into full checkpoints, or after this
  // many ms of counting; its end is cut at once when it is that old already.
  int64_t checkpoint_interval_ms = 2000;

  // Counts none until Aggregator::SetPartitions tells which, as a member of a consumer group does;
  // otherwise all of the log from the start.
  bool follow_assignment = false;
  // Cuts the log where another aggregator of the same partitions does, and delivers what that one
  // has not delivered standby_patience_ms later. Cuts by itself when no boundary came for
  // checkpoint_interval_ms and standby_patience_ms although there was something to count.
  bool standby = false;
  int64_t standby_patience_ms = 250;

  // Memory. A partition holds at most three checkpoints: one that is counted, one that waits and
  // one that is delivered. With the defaults that is at most
  //   3 * (250'000 rows * 125 B + 1'000'000 ids * 17 B + 250'000 viewings * 36 B) + 1 MiB
  //   = 173 MB a partition,
  // 692 MB for the four of a default log: see LimitCheckpoints and MaxCheckpointBytes.
  //
  // A checkpoint is cut early at this many minute rows, and rows of conversions by click.
  size_t max_checkpoint_rows = 250'000;
  // ... and at this many new event ids.
  size_t max_checkpoint_ids = 1'000'000;
  // ... and at this many impressions of known users.
  size_t max_checkpoint_viewings = 250'000;
  // ... and at this many records, which bounds what is read again when another aggregator's
  // boundary wins.
  uint64_t max_checkpoint_records = 1'000'000;
  // Bytes of records read from the log at a time.
  size_t read_bytes = 1 << 20;

  // How long the log keeps delivered records, hours. Above dedup_window_hours + 2, which a restart
  // may read again.
  int64_t log_retention_hours = 72;
};

inline constexpr uint64_t kBytesPerCheckpointRow = 125;
static_assert(sizeof(MinuteRow) <= kBytesPerCheckpointRow);
inline constexpr uint64_t kBytesPerCheckpointId = 17;  // the id, and what a rollback needs
// A user's hash, and a group of its own at worst: 24 bytes in a checkpoint, and 56 while it is
// counted.
inline constexpr uint64_t kBytesPerCheckpointViewing = 36;
inline constexpr uint64_t kCheckpointsPerPartition = 3;

// Shares out 1 million rows, 4 million ids and 1 million viewings over the checkpoints of all
// partitions, so that their memory does not grow with the number of partitions; beyond 100 it does,
// by 8 MB each.
inline void LimitCheckpoints(uint32_t partitions, AggregatorOptions& options) {
  options.max_checkpoint_rows = std::max<size_t>(10'000, 1'000'000 / partitions);
  options.max_checkpoint_ids = std::max<size_t>(40'000, 4'000'000 / partitions);
  options.max_checkpoint_viewings = std::max<size_t>(10'000, 1'000'000 / partitions);
}

// The most memory that the checkpoints of all partitions take at a time.
inline uint64_t MaxCheckpointBytes(uint32_t partitions, const AggregatorOptions& options) {
  const uint64_t checkpoint = options.max_checkpoint_rows * kBytesPerCheckpointRow +
                              options.max_checkpoint_ids * kBytesPerCheckpointId +
                              options.max_checkpoint_viewings * kBytesPerCheckpointViewing;
  return partitions * (kCheckpointsPerPartition * checkpoint + options.read_bytes);
}

}  // namespace adtally
