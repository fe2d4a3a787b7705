#pragma once

#include "base/result.h"
#include "reporting/report_plan.h"
#include "reporting/report_request.h"
#include "reporting/scope.h"
#include "reporting/tier_state.h"
#include "reporting/time_zones.h"
#include "store/store.h"

namespace adtally {

bool AsksForReach(const ReportRequest& request);

// kInvalidArgument when a report asks for reach by what there are no sketches of: they are kept by
// advertiser and campaign, and not by minute.
Result<void> CheckReach(const ReportRequest& request);

// What is known of the sketches where a report's range is: the days are those of adtally.reach.
Result<TierState> ReadReachState(Store& store, const ReportRequest& request, const TimeRange& range,
                                 Scope scope);

// Where a report's reach is read: in its segments, days stand for adtally.reach and minutes for
// adtally.reach_quarter. Days where they are those of the report, quarters of an hour for the rest.
// kInvalidArgument names the parameter when there are no sketches for a part of the range. Pure.
Result<ReportPlan> PlanReach(const TierState& state, const ReportRequest& request,
                             const TimeRange& range);

}  // namespace adtally
