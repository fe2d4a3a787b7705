#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "counting/checkpoint.h"
#include "counting/minute_rows.h"
#include "event/event.h"

namespace adtally {

// The longest time between a click and a conversion that is believed: longer than any attribution
// window, and a bound for how many months a checkpoint can be delivered into.
inline constexpr int64_t kMaxClickAgeMs = 366 * 24 * kMillisPerHour;

// By which time a conversion is counted as one of its click: the click's. The conversion's own
// where there is no click, and where the click time cannot be right, after the conversion or more
// than kMaxClickAgeMs before it: so every conversion is counted once by either time, and only by
// its own time it is judged as late.
inline EventTime CountedClickTime(const Event& conversion) {
  const int64_t age_ms = conversion.time.value - conversion.click_time.value;
  return age_ms < 0 || age_ms > kMaxClickAgeMs ? conversion.time : conversion.click_time;
}

// One conversion of a batch of events.
struct ClickConversion {
  EventDelta delta;    // at the click's minute
  uint32_t event = 0;  // its place in the batch
};
// `event` is a conversion.
ClickConversion ClickConversionOf(const Event& event, uint32_t place);

// Folds conversions by the minute of their click and their dimensions. Not thread-safe. Memory is
// kept from checkpoint to checkpoint.
class ClickConversions {
 public:
  // One that was counted or, with an invalid_reason, found invalid.
  void Add(const EventDelta& delta) { rows_.Add({&delta, 1}); }

  size_t size() const { return rows_.size(); }
  // A function of the set of what was added, whatever the order.
  std::vector<ClickConversionRow> Sorted();
  void Clear() { rows_.Clear(); }

 private:
  MinuteRows rows_;
};

}  // namespace adtally
