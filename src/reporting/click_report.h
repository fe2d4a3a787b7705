#pragma once

#include "base/result.h"
#include "reporting/constant_answers.h"
#include "reporting/report_request.h"
#include "reporting/tier_cache.h"
#include "reporting/time_zones.h"
#include "store/statement.h"
#include "store/store.h"

namespace adtally {

// Conversions by the time of their click: they are read of adtally.click_conversion, whatever tiers
// the report's other numbers come from.

// kInvalidArgument when the range begins before the clicks whose conversions are all in the table.
// `published`: what is known of the tiers.
Result<void> CheckClicksAreKept(Store& store, ConstantAnswers& known,
                                const PublishedTiers& published, const TimeRange& range);

// What BuildSource and BuildClickSource give as one source for the statements of a report: its
// columns are the groups' and SumColumns.
Statement JoinClicks(const ReportRequest& request, const Statement& sums, const Statement& clicks);

}  // namespace adtally
