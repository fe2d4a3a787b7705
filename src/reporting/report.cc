#include "reporting/report.h"

#include <algorithm>

#include "base/strong.h"
#include "reporting/report_render.h"
#include "reporting/report_sql.h"
#include "store/row_binary_reader.h"

namespace adtally {
namespace {

constexpr int64_t kClockChangeS = 2 * 3600;  // days can be longer than 24 hours

Result<void> CheckScope(const ReportRequest& request, Scope scope) {
  if (!scope) return {};
  const std::string own = std::to_string(*scope);
  for (const ReportRequest::Filter& filter : request.filters) {
    if (filter.dimension->column != "advertiser_id") continue;
    const bool all_own = std::all_of(filter.values.begin(), filter.values.end(),
                                     [&](const std::string& value) { return value == own; });
    if (!all_own) {
      return Error{ErrorCode::kForbidden,
                   "advertiser_id: this key sees the reports of advertiser " + own + " only"};
    }
  }
  return {};
}

Result<void> CheckLength(const ReportRequest& request, const TimeRange& range) {
  if (request.granularity != Granularity::kMinute) return {};
  if (range.to_s - range.from_s <= kMaxMinuteDays * kSecondsPerDay + kClockChangeS) return {};
  return Error{ErrorCode::kInvalidArgument,
               "granularity: minute covers at most " + std::to_string(kMaxMinuteDays) +
                   " days from `from` to `to`; shorten the range or choose hour"};
}

Error TooManyRows() {
  return {ErrorCode::kInvalidArgument,
          "the report has more than " + std::to_string(kMaxReportRows) +
              " rows: shorten the range, filter, group by less, or set limit"};
}

Result<ReportAnswer> RunJson(Store& store, const ReportRequest& request, const TimeRange& range,
                             Scope scope, std::optional<int64_t> complete_to_ms) {
  const uint32_t limit = request.limit.value_or(kMaxReportRows);
  const ReportSqlOptions options{.with_totals = true, .typed_time = false, .limit = limit + 1};
  ADTALLY_ASSIGN(
      const std::string rows,
      RunStatement(store, BuildReportStatement(request, range, scope, options), "TabSeparated"));
  if (!request.limit && std::count(rows.begin(), rows.end(), '\n') > int64_t{limit} + 1) {
    return TooManyRows();
  }
  return ReportAnswer{RenderReport(request, range, {rows, limit, complete_to_ms}),
                      "application/json", ""};
}

Result<void> CheckRowCount(Store& store, const ReportRequest& request, const TimeRange& range,
                           Scope scope) {
  if (request.limit) return {};
  ADTALLY_ASSIGN(const std::string row,
                 RunStatement(store, BuildReportCount(request, range, scope, kMaxReportRows + 1),
                              "RowBinary"));
  if (RowBinaryReader(row).UInt64() > kMaxReportRows) return TooManyRows();
  return {};
}

struct FileFormat {
  std::string_view engine_format;
  std::string_view media_type;
  std::string_view file_name;
};

FileFormat FileFormatOf(ReportFormat format) {
  switch (format) {
    case ReportFormat::kJson:
      break;
    case ReportFormat::kCsv:
      return {"CSVWithNames", "text/csv; charset=utf-8", "report.csv"};
    case ReportFormat::kParquet:
      return {"Parquet", "application/vnd.apache.parquet", "report.parquet"};
    case ReportFormat::kArrow:
      return {"ArrowStream", "application/vnd.apache.arrow.stream", "report.arrows"};
  }
  ADTALLY_CHECK(false, "JSON is not a file format of the store");
}

// The formats that the store writes itself: rows without totals.
Result<ReportAnswer> RunFile(Store& store, const ReportRequest& request, const TimeRange& range,
                             Scope scope) {
  ADTALLY_TRY(CheckRowCount(store, request, range, scope));
  const FileFormat format = FileFormatOf(request.format);
  const ReportSqlOptions options{.with_totals = false,
                                 .typed_time = request.format != ReportFormat::kCsv,
                                 .limit = request.limit.value_or(kMaxReportRows)};
  ADTALLY_ASSIGN(std::string body,
                 RunStatement(store, BuildReportStatement(request, range, scope, options),
                              format.engine_format));
  return ReportAnswer{std::move(body), format.media_type, format.file_name};
}

}  // namespace

Result<ReportAnswer> RunReport(Store& store, const ReportRequest& request, Scope scope,
                               std::optional<int64_t> complete_to_ms) {
  ADTALLY_TRY(CheckScope(request, scope));
  ADTALLY_ASSIGN(const TimeRange range,
                 ResolveTimeRange(store, request.from, request.to, request.time_zone));
  ADTALLY_TRY(CheckLength(request, range));
  if (request.format == ReportFormat::kJson) {
    return RunJson(store, request, range, scope, complete_to_ms);
  }
  return RunFile(store, request, range, scope);
}

}  // namespace adtally
