#include "reporting/report.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <set>
#include <utility>

#include "base/ascii.h"
#include "base/hash.h"
#include "base/rfc3339.h"
#include "base/strong.h"
#include "reporting/click_report.h"
#include "reporting/compared_range.h"
#include "reporting/comparison_sql.h"
#include "reporting/page_token.h"
#include "reporting/reach_plan.h"
#include "reporting/reach_sql.h"
#include "reporting/report_archive.h"
#include "reporting/report_finality.h"
#include "reporting/report_plan.h"
#include "reporting/report_problems.h"
#include "reporting/report_render.h"
#include "reporting/report_segments.h"
#include "reporting/report_sql.h"
#include "reporting/report_tiers.h"
#include "store/statement.h"

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

// A report that is planned and can be run.
struct PlannedReport {
  const ReportSources& sources;
  const ReportRequest& request;
  Scope scope;
  TimeRange range;
  ReportTiers known;
  ReportPlan plan;
  Statement source = {};
  std::shared_ptr<const PlannedReport> compared = {};  // over the range that it is compared with
};

// A problem of the compared range: parameters that it names are not those that were given.
Error OfCompared(const TimeRange& range, Error error) {
  if (error.code != ErrorCode::kInvalidArgument) return error;
  return std::move(error).WithContext("compare_to: of the compared range, " +
                                      FormatRfc3339(range.from_s, range.from_offset_s) + " to " +
                                      FormatRfc3339(range.to_s, range.to_offset_s));
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

// Whether all that the report reads was published: it never changes, and the statement names it.
bool ReadsPublishedRowsOnly(const PlannedReport& report) {
  const std::vector<Tier> tiers = report.plan.Tiers();
  if (std::ranges::find(tiers, Tier::kMinute) != tiers.end()) return false;
  // Users come by the quarter of an hour, and conversions at any time after their click.
  if (AsksForReach(report.request) || !ClickColumns(report.request).empty()) return false;
  return !report.compared || ReadsPublishedRowsOnly(*report.compared);
}

bool IsFinalReport(const PlannedReport& report) {
  if (report.compared && !IsFinalReport(*report.compared)) return false;
  return ReadsPublishedRowsOnly(report) && report.known.published &&
         IsFinal(report.plan, *report.known.published);
}

using RunAnswer = std::shared_ptr<const std::string>;

Result<RunAnswer> Run(const PlannedReport& report, const Statement& statement,
                      std::string_view format) {
  AnswerCache& answers = report.sources.tiers.answers();
  const bool published = ReadsPublishedRowsOnly(report);
  if (published) {
    if (auto known = answers.Find(statement, format)) return known;
  }
  auto output = RunStatement(report.sources.store, statement, format);
  if (!output.ok()) return RunError(report, kStraddles, std::move(output).error());
  const auto answer = std::make_shared<const std::string>(std::move(output).value());
  if (published) answers.Remember(statement, format, answer);
  return answer;
}

std::vector<Tier> TiersOf(const PlannedReport& report) {
  std::vector<Tier> tiers = report.plan.Tiers();
  if (AsksForReach(report.request)) tiers.push_back(Tier::kReach);
  if (!ClickColumns(report.request).empty()) tiers.push_back(Tier::kClickConversion);
  return tiers;
}

// Of both ranges of a comparison.
std::vector<Tier> AllTiersOf(const PlannedReport& report) {
  const std::vector<Tier> own = TiersOf(report);
  std::set<Tier> tiers(own.begin(), own.end());
  if (report.compared) {
    for (const Tier tier : TiersOf(*report.compared)) tiers.insert(tier);
  }
  return {tiers.begin(), tiers.end()};
}

std::optional<ComparedRows> ComparedOf(const PlannedReport& report) {
  if (!report.compared) return std::nullopt;
  return ComparedRows{report.compared->range, TiersOf(*report.compared)};
}

std::string VersionOf(std::string_view rows) {
  const Hash128 hash = HashBytes(rows);
  char text[33];
  std::snprintf(text, sizeof(text), "%016llx%016llx", static_cast<unsigned long long>(hash.high),
                static_cast<unsigned long long>(hash.low));
  return text;
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
  const std::vector<Tier> tiers = TiersOf(report);
  return ReportAnswer{RenderReport(request, report.range,
                                   {.rows = rows,
                                    .limit = limit,
                                    .complete_to_ms = complete_to_ms,
                                    .tiers = tiers,
                                    .compared = ComparedOf(report),
                                    .next_page_token = NextPage(request, rows, limit)}),
                      VersionOf(rows), IsFinalReport(report), complete_to_ms, AllTiersOf(report)};
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
  sink.Begin({format.media_type, format.file_name, AllTiersOf(report)});
  auto streamed =
      StreamStatement(report.sources.store, BuildReportStatement(request, report.source, options),
                      format.engine_format, sink);
  if (!streamed.ok() && sink.Wanted())
    return RunError(report, kStraddles, std::move(streamed).error());
  return streamed;
}

Result<void> PlanSums(PlannedReport& report) {
  const ReportSources& sources = report.sources;
  ADTALLY_ASSIGN(report.known, ReadReportTiers(sources.store, sources.tiers, report.request,
                                               report.range, report.scope));
  ADTALLY_ASSIGN(report.plan, PlanReport(report.known, report.request, report.range));
  ADTALLY_ASSIGN(const Statement archive, ArchiveSource(sources.store, sources.archive,
                                                        report.request, report.scope, report.plan));
  report.source = BuildSource(report.plan, report.request, report.scope, archive);
  return {};
}

Result<void> AddClicks(PlannedReport& report) {
  const ReportSources& sources = report.sources;
  auto published = report.known.published;
  if (published == nullptr) {
    ADTALLY_ASSIGN(published, sources.tiers.Published(sources.store));
  }
  ADTALLY_TRY(
      CheckClicksAreKept(sources.store, sources.tiers.constants(), *published, report.range));
  const Statement clicks = BuildClickSource(report.range, report.request, report.scope);
  const bool alone = report.source.sql.empty();
  report.source = alone ? clicks : JoinClicks(report.request, report.source, clicks);
  return {};
}

Result<void> AddReach(PlannedReport& report) {
  const ReportRequest& request = report.request;
  ADTALLY_ASSIGN(const ReportTiers known, ReadReachTiers(report.sources.store, report.sources.tiers,
                                                         request, report.range, report.scope));
  ADTALLY_ASSIGN(const ReportPlan plan, PlanReach(known, request, report.range));
  const Statement reach = BuildReachSource(plan, request, report.scope);
  const bool alone = report.source.sql.empty();
  report.source = alone ? reach : JoinReach(request, report.source, reach);
  return {};
}

Result<void> PlanRange(PlannedReport& report) {
  if (!TierColumns(report.request).empty()) ADTALLY_TRY(PlanSums(report));
  if (!ClickColumns(report.request).empty()) ADTALLY_TRY(AddClicks(report));
  if (AsksForReach(report.request)) ADTALLY_TRY(AddReach(report));
  return {};
}

// Each of the two ranges is planned by itself.
Result<void> AddComparison(PlannedReport& report) {
  const ReportRequest& request = report.request;
  ADTALLY_ASSIGN(const Comparison comparison,
                 ResolveComparison(report.sources.store, report.sources.tiers.constants(), request,
                                   report.range));
  PlannedReport compared{report.sources, request, report.scope, comparison.range, {}, {}};
  if (auto planned = PlanRange(compared); !planned.ok()) {
    return OfCompared(compared.range, std::move(planned).error());
  }
  report.source = CompareSources(request, report.range, comparison, report.source, compared.source);
  report.compared = std::make_shared<const PlannedReport>(std::move(compared));
  return {};
}

Result<PlannedReport> Plan(const ReportSources& sources, const ReportRequest& request,
                           Scope scope) {
  ADTALLY_TRY(CheckScope(request, scope));
  ADTALLY_ASSIGN(const TimeRange range,
                 ResolveTimeRange(sources.store, sources.tiers.constants(), request.from,
                                  request.to, request.time_zone));
  ADTALLY_TRY(CheckLength(request, range));
  PlannedReport report{sources, request, scope, range, {}, {}};
  ADTALLY_TRY(PlanRange(report));
  if (request.compares()) ADTALLY_TRY(AddComparison(report));
  return report;
}

}  // namespace

Result<ReportAnswer> RunReport(const ReportSources& sources, const ReportRequest& request,
                               Scope scope, std::optional<int64_t> complete_to_ms) {
  ADTALLY_ASSIGN(const PlannedReport report, Plan(sources, request, scope));
  return RunJson(report, complete_to_ms);
}

Result<void> StreamReport(const ReportSources& sources, const ReportRequest& request, Scope scope,
                          ReportFileSink& sink) {
  ADTALLY_ASSIGN(const PlannedReport report, Plan(sources, request, scope));
  return RunFile(report, sink);
}

}  // namespace adtally
