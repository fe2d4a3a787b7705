#pragma once

#include "reporting/report_request.h"
#include "store/statement.h"

namespace adtally {

// What BuildSource and BuildReachSource give as one source for the statements of a report: the sums
// of each group, and its sketches in rows beside them.
Statement JoinReach(const ReportRequest& request, const Statement& sums, const Statement& reach);

}  // namespace adtally
