#include "reporting/report_plan.h"

#include <set>
#include <utility>

#include "reporting/day_choice.h"
#include "reporting/hour_choice.h"

namespace adtally {

std::vector<Tier> ReportPlan::Tiers() const {
  std::set<Tier> tiers;
  for (const ReportSegment& segment : segments) tiers.insert(segment.tier);
  return {tiers.begin(), tiers.end()};
}

Result<ReportPlan> PlanReport(const TierState& state, const ReportRequest& request,
                              const TimeRange& range) {
  DayChoice choice = ChooseDays(state, request, range);
  ReportPlan plan{.segments = {}, .listed = std::move(choice.listed), .archived = {}};
  HourChoice hours(state, request, range);
  for (const FinerPart& part : choice.finer) ADTALLY_TRY(hours.Add(part, plan));
  if (choice.days) plan.segments.push_back(std::move(*choice.days));
  return plan;
}

}  // namespace adtally
