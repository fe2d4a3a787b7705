#pragma once

#include <atomic>
#include <cstdint>

#include "base/strong.h"

namespace adtally {

// The published range [begin, end) of a partition: what readers may see. Both only grow.
// Thread-safe.
class PartitionTail {
 public:
  Offset begin() const { return Offset(begin_.load(std::memory_order_acquire)); }
  Offset end() const { return Offset(end_.load(std::memory_order_acquire)); }

  void PublishBegin(Offset begin) { begin_.store(begin.value, std::memory_order_release); }
  void PublishEnd(Offset end) { end_.store(end.value, std::memory_order_release); }

 private:
  std::atomic<uint64_t> begin_{0};
  std::atomic<uint64_t> end_{0};
};

}  // namespace adtally
