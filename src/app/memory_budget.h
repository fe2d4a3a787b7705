#pragma once

#include <cstdint>
#include <limits>

#include "base/result.h"

namespace adtally {

// What memory the parts of a process are allowed, from its config.
struct MemoryNeeds {
  int64_t max_ids = 0;            // aggregator.max_ids: event ids of all partitions; 0: choose
  uint64_t checkpoint_bytes = 0;  // the most that checkpoints of all partitions take
  int64_t store_mb = 0;           // store.max_memory_mb
  // No more ids than this are chosen.
  uint64_t most_ids = std::numeric_limits<uint64_t>::max();
  uint64_t log_bytes = 0;  // what the log's client keeps of records to and from Kafka
};

// An event id that deduplication remembers takes up to this many bytes, all overhead included: see
// counting/dedup_shard.h.
inline constexpr double kBytesPerId = 11;

// How many event ids deduplication may remember when the process may use `memory_bytes`: what the
// config says; when that is 0, as many as fit into a quarter of the memory and beside the rest. An
// error shows the arithmetic and what to change.
Result<uint64_t> ChooseMaxIds(const MemoryNeeds& needs, uint64_t memory_bytes);

}  // namespace adtally
