#pragma once

#include <cstdint>

#include "base/clock.h"
#include "base/result.h"
#include "base/strong.h"

namespace adtally {

// Keeps a wrong clock out of the append times. As they never fall, one record stamped a year ahead
// would fix the time of all later ones. Thread-safe.
class ClockGuard {
 public:
  // How far the wall clock may step, or lie behind the last record.
  static constexpr int64_t kMaxStepMs = 10 * kMillisPerMinute;

  // `clock` must outlive this. Its time now is taken to be right.
  explicit ClockGuard(const Clock& clock);

  // The wall clock; but when it ran ahead of the monotonic one by more than kMaxStepMs, what it
  // should show.
  int64_t TrustedMs() const;
  // The wall clock. kUnavailable while it is ahead as above, or so far behind `last`, the time of
  // the last record.
  Result<AppendTime> TimeToAppend(AppendTime last) const;

 private:
  int64_t ExpectedMs() const;

  const Clock& clock_;
  const int64_t first_wall_ms_;
  const int64_t first_monotonic_micros_;
};

}  // namespace adtally
