#pragma once

#include "reporting/report_plan.h"
#include "reporting/tier_cache.h"

namespace adtally {

// Whether what the plan reads can never change: days, the archive, and hours into which nothing can
// be delivered any more. What it reads by the minute may, and so may what it does not read because
// no tier has anything of it: a plan without segments is not final.
bool IsFinal(const ReportPlan& plan, const PublishedTiers& published);

}  // namespace adtally
