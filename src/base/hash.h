#pragma once

#include <compare>
#include <cstdint>
#include <string_view>

namespace adtally {

struct Hash128 {
  uint64_t high = 0;
  uint64_t low = 0;
  friend auto operator<=>(const Hash128&, const Hash128&) = default;
};

// XXH3-128 of the bytes, seed 0: the identity of an event_id everywhere (partitioning,
// deduplication). It is stored, so it can never change.
Hash128 HashBytes(std::string_view bytes);

// The log partition of an event: its duplicates always meet there. partitions > 0.
inline uint32_t PartitionOf(Hash128 event_id, uint32_t partitions) {
  // Multiply-shift over bits that the dedup table does not use for its pages.
  return static_cast<uint32_t>(((event_id.low >> 32) * partitions) >> 32);
}

}  // namespace adtally
