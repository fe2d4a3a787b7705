#pragma once

#include <atomic>

namespace adtally {

// Whether the event log is believed to take records. It opens after some failures in a row, and
// one success closes it. Thread-safe.
class LogBreaker {
 public:
  explicit LogBreaker(int failures_to_open) : failures_to_open_(failures_to_open) {}

  bool open() const { return failures_.load(std::memory_order_relaxed) >= failures_to_open_; }

  // True when this failure opened it.
  bool NoteFailure() {
    int failures = failures_.load(std::memory_order_relaxed);
    do {
      if (failures >= failures_to_open_) return false;
    } while (!failures_.compare_exchange_weak(failures, failures + 1, std::memory_order_relaxed));
    return failures + 1 == failures_to_open_;
  }

  // True when this success closed it.
  bool NoteSuccess() {
    // The common case writes nothing that other cores read.
    if (failures_.load(std::memory_order_relaxed) == 0) return false;
    return failures_.exchange(0, std::memory_order_relaxed) >= failures_to_open_;
  }

 private:
  const int failures_to_open_;
  std::atomic<int> failures_{0};
};

}  // namespace adtally
