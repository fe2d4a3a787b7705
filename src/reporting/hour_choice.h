#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "base/result.h"
#include "reporting/day_choice.h"
#include "reporting/report_plan.h"
#include "reporting/report_request.h"
#include "reporting/report_tiers.h"
#include "reporting/time_zones.h"

namespace adtally {

// Divides parts of a report between hours, the archive and minutes. `tiers` and `request` must
// outlive it.
class HourChoice {
 public:
  HourChoice(const ReportTiers& tiers, const ReportRequest& request, const TimeRange& range);

  // Adds the segments of one part to the plan. kInvalidArgument as PlanReport.
  Result<void> Add(const FinerPart& part, ReportPlan& plan);

 private:
  struct Sources;  // what is chosen of one part

  Result<void> AddSpan(const TimeSpan& span, Sources& chosen);
  Result<void> AddDay(const TimeSpan& piece, uint32_t day, Sources& chosen);
  Result<void> AddHour(int64_t hour_s, const TimeSpan& piece, const TierPartition* hot,
                       Generation archived, Sources& chosen) const;
  Result<void> AddUnrolled(const TimeSpan& piece, Sources& chosen) const;
  const TierPartition* Hot(uint32_t day) const;
  Generation Archived(uint32_t day) const;
  const TierSlot* Clean(const TierPartition* hot, int64_t hour_s) const;
  bool Cut(int64_t hour_s, const TimeSpan& piece) const;
  bool BordersInside(int64_t hour_s) const;

  const PublishedTiers& tiers_;
  const std::map<int64_t, uint64_t>& marks_;
  const ReportRequest& request_;
  const TimeRange& range_;
  const int64_t minute_floor_s_;
  std::vector<TimeSpan> borders_inside_;  // where hours or days begin inside hours of UTC
  std::map<uint32_t, Generation> archived_;
};

}  // namespace adtally
