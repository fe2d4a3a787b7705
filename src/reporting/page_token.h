#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "reporting/report_request.h"

namespace adtally {

// A report is read page by page in one total order of its rows: the order asked for, then time and
// groups. A page token names the last row of a page by what it has in the columns of that order;
// the next page begins behind it, wherever that is by then. So a row is neither left out nor shown
// twice while rows come and go around it, unless its own place changes.
//
// The token is opaque to clients and holds no secret: what a caller sees is decided by the call.

// The columns of the total order.
std::vector<ReportRequest::Order> TotalOrder(const ReportRequest& request);

// How a column's values are compared.
enum class CursorKind : uint8_t { kTime, kId, kText, kCount, kDecimal, kRatio };
CursorKind CursorKindOf(std::string_view column);

// The token of the page that ends with `row`, TabSeparated in the columns of the request.
std::string WritePageToken(const ReportRequest& request, std::string_view row);

// What WritePageToken has written for the same report; only `limit` may differ. kInvalidArgument
// for anything else.
Result<PageCursor> ReadPageToken(std::string_view token, const ReportRequest& request);

}  // namespace adtally
