#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "maintenance/maintenance_pass.h"
#include "maintenance/redo_schedule.h"

namespace adtally {

// An hour is final when every partition of the log is complete to this long after its end: by then
// an event of it would be late for the longest aggregator.dedup_window_hours (29), even from a
// sender whose clock is an hour ahead.
inline constexpr int64_t kFinalAfterMs = 30 * kHourS * 1000;

struct HourRollup {
  uint64_t hours = 0;                 // rolled up, again or for the first time
  uint64_t finals = 0;                // found final
  uint64_t compacted_days = 0;        // brought into one generation
  uint64_t changed_meanwhile = 0;     // got rows while they were rolled up: left to the next pass
  std::vector<std::string> problems;  // of days that were left out, in sentences
  // The end of the hours that are rolled up without a gap, seconds since the epoch. Absent while
  // there are none.
  std::optional<int64_t> rolled_to_s;
};

// Brings adtally.hour up to date with adtally.minute: rolls up the hours that are over and of which
// everything is delivered, and again those that got rows since; marks those that are final, and
// brings the days whose hours all are into one generation. `complete_to_ms`: every event appended
// before it is in the store. An hour is taken up `delay_ms` after its end, and again when `redo`
// says so; nullptr: at once. An error leaves the rest to the next pass; whatever was published
// holds.
Result<HourRollup> RollUpHours(const MaintenancePass& pass, int64_t complete_to_ms,
                               int64_t delay_ms, RedoSchedule* redo = nullptr);

}  // namespace adtally
