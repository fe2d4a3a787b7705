#include "reporting/report.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <utility>

#include "base/ascii.h"
#include "base/hash.h"
#include "reporting/comparison_sql.h"
#include "reporting/page_token.h"
#include "reporting/planned_report.h"
#include "reporting/report_archive.h"
#include "reporting/report_plan.h"
#include "reporting/report_problems.h"
#include "reporting/report_render.h"
#include "reporting/report_segments.h"
#include "reporting/report_sql.h"
#include "store/statement.h"

namespace adtally {
namespace {

Error TooManyRows() {
  return {ErrorCode::kInvalidArgument,
          "the report has more than " + std::to_string(kMaxReportRows) +
              " rows: shorten the range, filter, group by less, or set limit"};
}

// What the store said, in terms of the report. `straddles` is in it when a row of the report's own
// range does.
Error RunError(PlannedReport report, std::string_view straddles, Error error) {
  if (error.message.find(straddles) != std::string::npos) {
    return RowsStraddle(*report.known.published, report.request, report.range);
  }
  // A file of the archive may have been damaged since it was checked: then that is what is wrong.
  const auto again = ArchiveSource(report.sources.store, report.sources.archive, report.request,
                                   report.scope, report.plan);
  if (!again.ok()) return again.error();
  if (report.compared) {
    return OfCompared(report.compared->range,
                      RunError(*report.compared, kPreviousStraddles, std::move(error)));
  }
  // Its text is not for users, but kCorrupt's is.
  if (error.code == ErrorCode::kCorrupt) error.code = ErrorCode::kInternal;
  return error;
}

using RunAnswer = std::shared_ptr<const std::string>;

Result<RunAnswer> Run(const PlannedReport& report, const Statement& statement,
                      std::string_view format) {
  AnswerCache& answers = report.sources.tiers.answers();
  const bool published = report.ReadsPublishedRowsOnly();
  if (published) {
    if (auto known = answers.Find(statement, format)) return known;
  }
  auto output = RunStatement(report.sources.store, statement, format);
  if (!output.ok()) return RunError(report, kStraddles, std::move(output).error());
  const auto answer = std::make_shared<const std::string>(std::move(output).value());
  if (published) answers.Remember(statement, format, answer);
  return answer;
}

std::optional<ComparedRows> ComparedOf(const PlannedReport& report) {
  if (!report.compared) return std::nullopt;
  return ComparedRows{report.compared->range, report.compared->OwnTiers()};
}

// What the answer says of its numbers is part of them.
std::string VersionOf(std::string_view rows, bool has_all_duplicates) {
  const Hash128 hash = HashBytes(rows);
  char text[33];
  std::snprintf(text, sizeof(text), "%016llx%016llx", static_cast<unsigned long long>(hash.high),
                static_cast<unsigned long long>(hash.low));
  return std::string(text) + (has_all_duplicates ? "" : "-incomplete");
}

// The token of the page behind the first `limit` rows; "" when there is none.
std::string NextPage(const ReportRequest& request, std::string_view rows, uint32_t limit) {
  if (TotalOrder(request).empty()) return "";  // one row
  TakeUntil(rows, '\n');                       // the totals
  std::string_view last;
  for (uint32_t i = 0; i < limit && !rows.empty(); ++i) last = TakeUntil(rows, '\n');
  return rows.empty() ? "" : WritePageToken(request, last);
}

Result<ReportAnswer> RunJson(const PlannedReport& report, std::optional<int64_t> complete_to_ms) {
  const ReportRequest& request = report.request;
  const uint32_t limit = request.limit.value_or(kMaxReportRows);
  const ReportSqlOptions options{.with_totals = true, .typed_time = false, .limit = limit + 1};
  ADTALLY_ASSIGN(
      const RunAnswer answer,
      Run(report, BuildReportStatement(request, report.source, options), "TabSeparated"));
  const std::string& rows = *answer;
  if (!request.limit && std::count(rows.begin(), rows.end(), '\n') > int64_t{limit} + 1) {
    return TooManyRows();
  }
  const std::vector<Tier> tiers = report.OwnTiers();
  return ReportAnswer{RenderReport(request, report.range,
                                   {.rows = rows,
                                    .limit = limit,
                                    .complete_to_ms = complete_to_ms,
                                    .tiers = tiers,
                                    .has_all_duplicates = report.HasAllDuplicates(),
                                    .compared = ComparedOf(report),
                                    .next_page_token = NextPage(request, rows, limit)}),
                      VersionOf(rows, report.HasAllDuplicates()), report.IsFinal(), complete_to_ms,
                      report.AllTiers()};
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
Result<void> RunFile(const PlannedReport& report, ReportFileSink& sink) {
  const ReportRequest& request = report.request;
  const FileFormat format = FileFormatOf(request.format);
  const ReportSqlOptions options{.with_totals = false,
                                 .typed_time = request.format != ReportFormat::kCsv,
                                 .limit = request.limit,
                                 .streamed = true};
  sink.Begin({format.media_type, format.file_name, report.AllTiers()});
  auto streamed =
      StreamStatement(report.sources.store, BuildReportStatement(request, report.source, options),
                      format.engine_format, sink);
  if (!streamed.ok() && sink.Wanted())
    return RunError(report, kStraddles, std::move(streamed).error());
  return streamed;
}

}  // namespace

Result<ReportAnswer> RunReport(const ReportSources& sources, const ReportRequest& request,
                               Scope scope, std::optional<int64_t> complete_to_ms) {
  ADTALLY_ASSIGN(const PlannedReport report, PlannedReport::Plan(sources, request, scope));
  return RunJson(report, complete_to_ms);
}

Result<void> StreamReport(const ReportSources& sources, const ReportRequest& request, Scope scope,
                          ReportFileSink& sink) {
  ADTALLY_ASSIGN(const PlannedReport report, PlannedReport::Plan(sources, request, scope));
  return RunFile(report, sink);
}

}  // namespace adtally
