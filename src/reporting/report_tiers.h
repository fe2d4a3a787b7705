#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "base/result.h"
#include "reporting/report_request.h"
#include "reporting/scope.h"
#include "reporting/tier_cache.h"
#include "reporting/time_zones.h"
#include "store/store.h"

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

// What is known of the tiers for one report.
struct ReportTiers {
  std::shared_ptr<const PublishedTiers> published;
  Calendar calendar = {};                  // not for reports by minute
  DayAccounts accounts = {};               // when days of the range are published
  std::map<int64_t, uint64_t> marks = {};  // HourMarks, of hours that are not final
};

// Reads it; what the plan does not need is left out.
Result<ReportTiers> ReadReportTiers(Store& store, TierCache& cache, const ReportRequest& request,
                                    const TimeRange& range, Scope scope);

// What is known of reach for one report: `published->days` are those of adtally.reach.
Result<ReportTiers> ReadReachTiers(Store& store, TierCache& cache, const ReportRequest& request,
                                   const TimeRange& range, Scope scope);

}  // namespace adtally
