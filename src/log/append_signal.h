#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace adtally {

// Counts that records became readable, and lets readers wait for the next ones. Starts at 1, so
// that who has seen nothing, 0, does not wait. Thread-safe.
class AppendSignal {
 public:
  // After the records can be read.
  void Raise() {
    std::lock_guard lock(mutex_);
    ++count_;
    raised_.notify_all();
  }

  // Until the count differs from `seen` or the time is over; returns the count.
  uint64_t Wait(uint64_t seen, std::chrono::milliseconds timeout) {
    if (const uint64_t count = count_.load(); count != seen) return count;
    std::unique_lock lock(mutex_);
    raised_.wait_for(lock, timeout, [&] { return count_.load() != seen; });
    return count_.load();
  }

 private:
  std::mutex mutex_;
  std::condition_variable raised_;
  std::atomic<uint64_t> count_{1};
};

}  // namespace adtally
