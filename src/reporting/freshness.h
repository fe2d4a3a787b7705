#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace adtally {

// How far one partition of the event log is counted and delivered.
struct PartitionFreshness {
  uint32_t partition = 0;
  // Every event appended before this time, ms since the epoch, is in the store. nullopt while
  // nobody knows.
  std::optional<int64_t> complete_to_ms;
  uint64_t lag_records = 0;       // records of the log that are not delivered yet
  std::optional<int64_t> lag_ms;  // how far complete_to lies back
};

// Who knows it. Thread-safe; does not block.
class FreshnessSource {
 public:
  virtual ~FreshnessSource() = default;
  virtual std::vector<PartitionFreshness> Read() const = 0;
};

// The time up to which all partitions are complete; nullopt when that of any is unknown, or there
// are none.
std::optional<int64_t> CompleteToMs(const std::vector<PartitionFreshness>& partitions);

// The JSON answer of GET /v1/freshness. The lag is that of the slowest partition.
std::string RenderFreshness(const std::vector<PartitionFreshness>& partitions);

}  // namespace adtally
