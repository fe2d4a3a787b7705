#pragma once

#include <atomic>
#include <cstdint>

#include "base/clock.h"

namespace adtally {

// A clock that only moves when the test turns it. Thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(int64_t now_ms) : now_ms_(now_ms) {}

  int64_t NowMs() const override { return now_ms_.load(); }
  int64_t MonotonicMicros() const override { return now_ms_.load() * 1000; }

  void Advance(int64_t ms) { now_ms_.fetch_add(ms); }
  void Set(int64_t now_ms) { now_ms_.store(now_ms); }

 private:
  std::atomic<int64_t> now_ms_;
};

}  // namespace adtally
