#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "reporting/report_request.h"
#include "store/statement.h"

namespace adtally {

// Statements over `source`, what a plan reads: see BuildSource.

// The columns that rows are grouped by: the bucket, then the dimensions.
std::string GroupKeys(const ReportRequest& request);

struct ReportSqlOptions {
  // The first row is the sum over the whole selection, whatever the limit.
  bool with_totals = false;
  bool typed_time = false;                       // `time` is a timestamp, not RFC 3339 text
  std::optional<uint32_t> limit = std::nullopt;  // rows, the totals not counted
  // However many rows there are, the store keeps a bounded part of them in memory.
  bool streamed = false;
};

// The report's rows in its order, each with the columns of request.ColumnNames().
Statement BuildReportStatement(const ReportRequest& request, const Statement& source,
                               const ReportSqlOptions& options);

}  // namespace adtally
