#include "log/clock_guard.h"

#include "base/rfc3339.h"

namespace adtally {

ClockGuard::ClockGuard(const Clock& clock)
    : clock_(clock),
      first_wall_ms_(clock.NowMs()),
      first_monotonic_micros_(clock.MonotonicMicros()) {}

int64_t ClockGuard::ExpectedMs() const {
  return first_wall_ms_ + (clock_.MonotonicMicros() - first_monotonic_micros_) / 1000;
}

int64_t ClockGuard::TrustedMs() const {
  const int64_t now = clock_.NowMs();
  const int64_t expected = ExpectedMs();
  return now > expected + kMaxStepMs ? expected : now;
}

Result<AppendTime> ClockGuard::TimeToAppend(AppendTime last) const {
  const int64_t now = clock_.NowMs();
  const int64_t expected = ExpectedMs();
  if (now > expected + kMaxStepMs) {
    return Error{ErrorCode::kUnavailable,
                 "the event log takes no records because the machine's clock jumped from " +
                     FormatRfc3339Millis(expected) + " to " + FormatRfc3339Millis(now) +
                     ": it goes on when the clock is right again, or after a restart if the new "
                     "time is the right one"};
  }
  if (now < last.value - kMaxStepMs) {
    return Error{ErrorCode::kUnavailable,
                 "the event log takes no records because the machine's clock went back to " +
                     FormatRfc3339Millis(now) + " after a record was appended at " +
                     FormatRfc3339Millis(last.value) +
                     ": it goes on when the clock is right again"};
  }
  return AppendTime(now);
}

}  // namespace adtally
