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

Result<ReportPlan> PlanReport(const ReportTiers& tiers, const ReportRequest& request,
                              const TimeRange& range) {
  DayChoice choice = ChooseDays(tiers, request, range);
  ReportPlan plan{.segments = {}, .listed = std::move(choice.listed), .archived = {}};
  HourChoice hours(tiers, request, range);
  for (const FinerPart& part : choice.finer) ADTALLY_TRY(hours.Add(part, plan));
  if (choice.days) plan.segments.push_back(std::move(*choice.days));
  return plan;
}

}  // namespace adtally
