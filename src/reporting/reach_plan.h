#pragma once

#include "base/result.h"
#include "reporting/report_plan.h"
#include "reporting/report_request.h"
#include "reporting/report_tiers.h"
#include "reporting/time_zones.h"

namespace adtally {

bool AsksForReach(const ReportRequest& request);

// kInvalidArgument when a report asks for reach by what there are no sketches of: they are kept by
// advertiser and campaign, and not by minute.
Result<void> CheckReach(const ReportRequest& request);

// Where a report's reach is read: in its segments, days stand for adtally.reach and minutes for
// adtally.reach_quarter. Days where they are those of the report, quarters of an hour for the rest.
// kInvalidArgument names the parameter when there are no sketches for a part of the range. Pure; of
// ReadReachTiers.
Result<ReportPlan> PlanReach(const ReportTiers& tiers, const ReportRequest& request,
                             const TimeRange& range);

}  // namespace adtally
