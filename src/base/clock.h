#pragma once

#include <cstdint>

namespace adtally {

// The only source of time. Injected, so that tests turn it by hand. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  // Wall time, ms since the Unix epoch. May step when the machine's clock is set.
  virtual int64_t NowMs() const = 0;
  // Monotonic time in microseconds from an arbitrary origin, for measuring durations.
  virtual int64_t MonotonicMicros() const = 0;
};

// The machine's clock.
const Clock& SystemClock();

}  // namespace adtally
