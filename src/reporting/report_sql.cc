#include "reporting/report_sql.h"

#include "reporting/comparison_sql.h"
#include "reporting/page_sql.h"
#include "reporting/reach_plan.h"
#include "reporting/report_segments.h"
#include "tiers/archive_place.h"
#include "tiers/reach_sketch.h"

namespace adtally {
namespace {

// Decimals keep their six digits, empty CSV fields stand for null, and no report runs for ever.
constexpr std::string_view kSettings =
    " SETTINGS output_format_decimal_trailing_zeros = 1, format_csv_null_representation = '', ";
constexpr std::string_view kInMemory = "max_execution_time = 60, ";
// The time is that of a slow reader; what is over these bytes goes to the store's disk for a while.
constexpr std::string_view kStreamed =
    "max_execution_time = 3600, max_bytes_before_external_group_by = 134217728, "
    "max_bytes_before_external_sort = 67108864, output_format_parquet_row_group_size = 65536, ";

std::string Settings(bool streamed) {
  std::string settings(kSettings);
  return settings.append(streamed ? kStreamed : kInMemory).append(kArchiveSettings);
}

void Append(std::string& list, std::string_view item) {
  if (!list.empty()) list += ", ";
  list += item;
}

std::string_view TimeExpression(const ReportRequest& request, bool typed) {
  if (typed) return "toDateTime64(bucket, 3, 'UTC')";
  if (request.time_zone == "UTC") return "formatDateTime(bucket, '%Y-%m-%dT%H:%i:%SZ')";
  return "replaceRegexpOne(formatDateTime(bucket, '%Y-%m-%dT%H:%i:%S%z', {time_zone:String}), "
         "'(..)$', ':\\\\1')";
}

// What the metrics need of each column's sum, named PREFIXsum_COLUMN; with `which`, a condition, of
// a part of the rows.
void AppendSums(const ReportRequest& request, const std::string& prefix, const std::string& which,
                std::string& columns) {
  const auto append = [&](std::string_view function, const std::string& value,
                          std::string_view column) {
    Append(columns, std::string(function) + "(" + value + (which.empty() ? "" : ", " + which) +
                        ") AS " + prefix + "sum_" + std::string(column));
  };
  for (const std::string_view column : SumColumns(request)) {
    append(which.empty() ? "sum" : "sumIf", Summand(column), column);
  }
  if (AsksForReach(request)) {
    append(which.empty() ? kCountReach : kCountReachIf, std::string(kSketchColumn), kSketchColumn);
  }
}

// The keys and the sums, in a comparison those of each range.
std::string InnerColumns(const ReportRequest& request) {
  std::string columns = GroupKeys(request);
  if (!request.compares()) {
    AppendSums(request, "", "", columns);
    return columns;
  }
  const std::string previous(kIsPrevious);
  AppendSums(request, "", "NOT " + previous, columns);
  AppendSums(request, "previous_", previous, columns);
  return columns;
}

void AddSums(const ReportRequest& request, const Statement& source, bool with_totals,
             Statement& statement) {
  const std::string keys = GroupKeys(request);
  statement.sql += "SELECT " + InnerColumns(request);
  if (with_totals) {
    statement.sql += ", grouping(" + keys.substr(0, keys.find(',')) + ") AS is_total";
  }
  statement.sql += " FROM " + source.sql;
  statement.params = source.params;
  if (keys.empty()) return;
  statement.sql +=
      with_totals ? " GROUP BY GROUPING SETS ((" + keys + "), ())" : " GROUP BY " + keys;
}

std::string OuterColumns(const ReportRequest& request, bool typed_time) {
  std::string columns;
  if (request.granularity != Granularity::kTotal) {
    columns.append(TimeExpression(request, typed_time)).append(" AS time");
  }
  for (const ReportDimension* group : request.groups) {
    const std::string name(group->column);
    const bool text = group->kind != ReportDimension::Kind::kId;
    Append(columns, text ? "toString(" + name + ") AS " + name : name);
  }
  for (const ReportMetric* metric : request.metrics) {
    Append(columns, std::string(metric->expression) + " AS " + std::string(metric->name));
  }
  if (!request.compares()) return columns;
  for (const ReportMetric* metric : request.metrics) {
    const PreviousColumn& previous = PreviousOf(*metric);
    Append(columns, previous.expression + " AS " + previous.name);
  }
  return columns;
}

// The order asked for, then time and groups, so that it never depends on chance.
std::string OrderBy(const ReportRequest& request, bool with_totals) {
  std::string order = with_totals ? "is_total DESC" : "";
  for (const ReportRequest::Order& term : request.order) {
    Append(order, term.column == "time" ? "bucket" : term.column);
    if (term.descending) order += " DESC";
  }
  if (request.granularity != Granularity::kTotal) Append(order, "bucket");
  for (const ReportDimension* group : request.groups) Append(order, group->column);
  return order;
}

}  // namespace

std::string GroupKeys(const ReportRequest& request) {
  std::string keys;
  if (request.granularity != Granularity::kTotal) keys = "bucket";
  for (const ReportDimension* group : request.groups) Append(keys, group->column);
  return keys;
}

Statement BuildReportStatement(const ReportRequest& request, const Statement& source,
                               const ReportSqlOptions& options) {
  const bool with_totals = options.with_totals && !GroupKeys(request).empty();
  Statement statement;
  statement.sql = "SELECT " + OuterColumns(request, options.typed_time) + " FROM (";
  AddSums(request, source, with_totals, statement);
  statement.sql += ")";
  if (request.after) {
    statement.sql += with_totals ? " WHERE is_total OR " : " WHERE ";
    AppendBehindCursor(request, statement);
  }
  if (const std::string order = OrderBy(request, with_totals); !order.empty()) {
    statement.sql += " ORDER BY " + order;
  }
  if (options.limit) {
    statement.sql += " LIMIT {limit:UInt64}";
    const uint64_t rows = uint64_t{*options.limit} + (with_totals ? 1 : 0);
    statement.params.push_back({"limit", std::to_string(rows)});
  }
  statement.sql += Settings(options.streamed);
  return statement;
}

}  // namespace adtally
