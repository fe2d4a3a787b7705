#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "maintenance/month_rollup.h"
#include "maintenance/rollup_hours.h"

namespace adtally {

// What a pass of maintenance did.
struct MaintenanceSummary {
  HourRollup hours;
  DayRollup days;
  DayRollup reach;
  uint64_t minute_hours_dropped = 0;        // hours of adtally.minute
  uint64_t day_months_dropped = 0;          // months of adtally.day
  uint64_t reach_quarter_days_dropped = 0;  // days of adtally.reach_quarter
  uint64_t reach_months_dropped = 0;        // months of adtally.reach
  uint64_t click_months_dropped = 0;        // months of adtally.click_conversion
  uint64_t generations_dropped = 0;         // of all tiers: replaced, or never published
  std::vector<std::string> problems;        // what failed or was left out, in sentences

  // The numbers among them, by their names in JSON.
  struct Counter {
    std::string_view name;
    uint64_t& (*value)(MaintenanceSummary&);
  };
  static std::span<const Counter> counters();

  // Whether there was anything to do, so that another pass may find more.
  bool did_something() const;
  // Adds what a later pass did.
  void Add(MaintenanceSummary later);
  // One line per tier, for people.
  std::string text() const;
  // The answer of POST /v1/maintenance/rollup: the counters, rolled_up_to and problems.
  std::string json() const;
};

// What operators watch.
struct MaintenanceStatus {
  uint64_t passes = 0;
  uint64_t failed_passes = 0;  // those with problems
  int64_t last_duration_ms = 0;
  std::optional<int64_t> last_ended_ms;    // since the epoch
  std::vector<std::string> last_problems;  // of the last pass
  std::optional<int64_t> rolled_to_s;      // HourRollup's
};

}  // namespace adtally
