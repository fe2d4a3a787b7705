#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "base/strong.h"

namespace adtally {

// The published range [begin, end) of a partition: what readers may see. Both only grow.
// Thread-safe.
class PartitionTail {
 public:
  Offset begin() const { return Offset(begin_.load(std::memory_order_acquire)); }
  Offset end() const { return Offset(end_.load(std::memory_order_acquire)); }

  void PublishBegin(Offset begin) { begin_.store(begin.value, std::memory_order_release); }
  void PublishEnd(Offset end) {
    std::lock_guard lock(mutex_);
    end_.store(end.value, std::memory_order_release);
    grown_.notify_all();
  }

  // Until `offset` is below end() or the time is over.
  void WaitPast(Offset offset, std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    grown_.wait_for(lock, timeout, [&] { return offset < end(); });
  }

 private:
  std::atomic<uint64_t> begin_{0};
  std::atomic<uint64_t> end_{0};
  std::mutex mutex_;
  std::condition_variable grown_;
};

}  // namespace adtally
