#pragma once

#include "reporting/report_request.h"
#include "store/statement.h"

namespace adtally {

// A condition for rows behind the request's cursor in its total order, over the columns of the
// report, with `bucket` for the time. The parameters are added to the statement's. Null comes last,
// as in the store's order. The request has a cursor.
void AppendBehindCursor(const ReportRequest& request, Statement& statement);

}  // namespace adtally
