#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "base/result.h"
#include "reporting/report_request.h"
#include "reporting/scope.h"
#include "reporting/time_zones.h"
#include "store/store.h"
#include "tiers/tier.h"
#include "tiers/tier_status.h"

namespace adtally {

// The days of the report's time zone that the range touches, and the day after them.
struct Calendar {
  int64_t first_day = 0;          // days since the epoch
  std::vector<int64_t> starts_s;  // when each day begins, seconds since the epoch
};

// Whose rows of adtally.day are in the report's time zone, from the first day on that the report
// can take from there. Of the report's advertisers only, when it names them.
struct DayAccounts {
  uint64_t in_zone = 0;
  uint64_t elsewhere = 0;
  std::vector<uint32_t> fewer;  // the ids of the smaller of the two groups; of in_zone when equal
};

// What is known of the tiers where a report's range is. What a plan does not need is not read.
struct TierState {
  std::map<Tier, int64_t> floors;
  Calendar calendar;
  std::map<uint32_t, TierPartition> days;
  DayAccounts accounts;
  std::map<uint32_t, TierPartition> hours;
  std::map<uint32_t, TierPartition> archive;
  std::map<int64_t, uint64_t> marks;  // HourMarks

  int64_t FloorOf(Tier tier) const;  // INT64_MIN when it has none
};

// Reads it, in an order in which nothing is missed that moves from one tier to the next meanwhile:
// a tier's floor before the tier that replaces it, hours before the archive. What it names stays
// readable for the grace time of superseded generations, longer than a report may take.
Result<TierState> ReadTierState(Store& store, const ReportRequest& request, const TimeRange& range,
                                Scope scope);

}  // namespace adtally
