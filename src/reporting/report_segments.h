#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reporting/report_plan.h"
#include "reporting/report_request.h"
#include "reporting/scope.h"
#include "store/statement.h"

namespace adtally {

// In the message of the store's error when a row lies on both sides of a bound or a bucket's
// border.
inline constexpr std::string_view kStraddles = "adtally: rows by hour straddle";

// The table columns that the report's metrics sum, each once: those of the tiers and of clicks.
std::vector<std::string_view> SumColumns(const ReportRequest& request);
std::vector<std::string_view> TierColumns(const ReportRequest& request);
std::vector<std::string_view> ClickColumns(const ReportRequest& request);

// What a plan reads, as what stands after FROM: rows of `scope` only, selected by the report's
// filters, without receipts. Their columns are `bucket`, the start of the row's hour, day or minute
// in the report's time zone (not for totals), the groups', and TierColumns, not summed yet.
// `archive` stands for its files, when the plan has a segment of them.
Statement BuildSource(const ReportPlan& plan, const ReportRequest& request, Scope scope,
                      const Statement& archive);

// The column of sketches in the sources of reports that ask for reach.
inline constexpr std::string_view kSketchColumn = "users";

// The same for a plan of reach (see PlanReach), with kSketchColumn for the sums.
Statement BuildReachSource(const ReportPlan& plan, const ReportRequest& request, Scope scope);

// The same of adtally.click_conversion, with ClickColumns. `range`: of the clicks.
Statement BuildClickSource(const TimeRange& range, const ReportRequest& request, Scope scope);

}  // namespace adtally
