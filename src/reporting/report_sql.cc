#include "reporting/report_sql.h"

#include <set>

#include "store/sql_param.h"

namespace adtally {
namespace {

// Decimals keep their six digits, empty CSV fields stand for null, and no report runs for ever.
constexpr std::string_view kSettings =
    " SETTINGS output_format_decimal_trailing_zeros = 1, format_csv_null_representation = '', "
    "max_execution_time = 60";

void Append(std::string& list, std::string_view item) {
  if (!list.empty()) list += ", ";
  list += item;
}

// The start of the row's bucket, in the report's time zone.
std::string_view BucketExpression(Granularity granularity) {
  switch (granularity) {
    case Granularity::kMinute:
      return "toTimeZone(minute, {time_zone:String})";
    case Granularity::kHour:
      return "toStartOfHour(minute, {time_zone:String})";
    case Granularity::kDay:
      return "toStartOfDay(minute, {time_zone:String})";
    case Granularity::kTotal:
      break;
  }
  return "";
}

std::string_view TimeExpression(const ReportRequest& request, bool typed) {
  if (typed) return "toDateTime64(bucket, 3, 'UTC')";
  if (request.time_zone == "UTC") return "formatDateTime(bucket, '%Y-%m-%dT%H:%i:%SZ')";
  return "replaceRegexpOne(formatDateTime(bucket, '%Y-%m-%dT%H:%i:%S%z', {time_zone:String}), "
         "'(..)$', ':\\\\1')";
}

// The text of an Array(UInt32) parameter; the request holds ids as plain decimal numbers.
std::string IdArray(const std::vector<std::string>& ids) {
  std::string text;
  for (const std::string& id : ids) text.append(text.empty() ? "[" : ",").append(id);
  return text + ']';
}

// A condition on one column and its bound values.
void AddFilter(const ReportRequest::Filter& filter, Statement& statement) {
  const ReportDimension& dimension = *filter.dimension;
  const bool ids = dimension.kind == ReportDimension::Kind::kId;
  const std::string name(dimension.column);
  statement.sql += " AND " + name + " IN {" + name + (ids ? ":Array(UInt32)}" : ":Array(String)}");
  statement.params.push_back({name, ids ? IdArray(filter.values) : StringArray(filter.values)});
}

// Which rows are selected. Receipts have advertiser 0 and are never traffic.
void AddWhere(const ReportRequest& request, const TimeRange& range, Scope scope,
              Statement& statement) {
  statement.sql +=
      " WHERE minute >= toDateTime({from:UInt32}, 'UTC') AND minute < toDateTime({to:UInt32}, "
      "'UTC') AND advertiser_id != 0";
  statement.params.push_back({"from", std::to_string(range.from_s)});
  statement.params.push_back({"to", std::to_string(range.to_s)});
  if (scope) {
    statement.sql += " AND advertiser_id = {own_advertiser_id:UInt32}";
    statement.params.push_back({"own_advertiser_id", std::to_string(*scope)});
  }
  for (const ReportRequest::Filter& filter : request.filters) AddFilter(filter, statement);
}

// The columns that rows are grouped by: the bucket, then the dimensions.
std::string GroupKeys(const ReportRequest& request) {
  std::string keys;
  if (request.granularity != Granularity::kTotal) keys = "bucket";
  for (const ReportDimension* group : request.groups) Append(keys, group->column);
  return keys;
}

std::string InnerColumns(const ReportRequest& request) {
  std::string columns;
  if (request.granularity != Granularity::kTotal) {
    columns.append(BucketExpression(request.granularity)).append(" AS bucket");
  }
  for (const ReportDimension* group : request.groups) Append(columns, group->column);
  std::set<std::string_view> sums;
  for (const ReportMetric* metric : request.metrics) {
    for (const std::string_view sum : metric->sums) {
      if (sum.empty() || !sums.insert(sum).second) continue;
      Append(columns, "sum(" + std::string(sum) + ") AS sum_" + std::string(sum));
    }
  }
  return columns;
}

// Rows of the minute tier are deltas, so they are always summed.
void AddSums(const ReportRequest& request, const TimeRange& range, Scope scope, bool with_totals,
             Statement& statement) {
  const std::string keys = GroupKeys(request);
  statement.sql += "SELECT " + InnerColumns(request);
  if (with_totals) {
    statement.sql += ", grouping(" + keys.substr(0, keys.find(',')) + ") AS is_total";
  }
  statement.sql += " FROM adtally.minute";
  AddWhere(request, range, scope, statement);
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

void AddTimeZone(const ReportRequest& request, Statement& statement) {
  if (request.granularity == Granularity::kTotal) return;
  statement.params.push_back({"time_zone", request.time_zone});
}

}  // namespace

Statement BuildReportStatement(const ReportRequest& request, const TimeRange& range, Scope scope,
                               const ReportSqlOptions& options) {
  const bool with_totals = options.with_totals && !GroupKeys(request).empty();
  Statement statement;
  statement.sql = "SELECT " + OuterColumns(request, options.typed_time) + " FROM (";
  AddSums(request, range, scope, with_totals, statement);
  statement.sql += ")";
  if (const std::string order = OrderBy(request, with_totals); !order.empty()) {
    statement.sql += " ORDER BY " + order;
  }
  statement.sql += " LIMIT {limit:UInt32}";
  statement.sql += kSettings;
  statement.params.push_back({"limit", std::to_string(options.limit + (with_totals ? 1 : 0))});
  AddTimeZone(request, statement);
  return statement;
}

Statement BuildReportCount(const ReportRequest& request, const TimeRange& range, Scope scope,
                           uint32_t limit) {
  Statement statement;
  statement.sql = "SELECT count() FROM (";
  AddSums(request, range, scope, false, statement);
  statement.sql += " LIMIT {limit:UInt32})";
  statement.sql += kSettings;
  statement.params.push_back({"limit", std::to_string(limit)});
  AddTimeZone(request, statement);
  return statement;
}

}  // namespace adtally
