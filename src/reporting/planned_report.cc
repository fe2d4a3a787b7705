#include "reporting/planned_report.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "base/rfc3339.h"
#include "base/strong.h"
#include "reporting/click_report.h"
#include "reporting/compared_range.h"
#include "reporting/comparison_sql.h"
#include "reporting/counted_from.h"
#include "reporting/reach_plan.h"
#include "reporting/reach_sql.h"
#include "reporting/report_archive.h"
#include "reporting/report_finality.h"
#include "reporting/report_segments.h"

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

Result<void> AddDuplicates(PlannedReport& report) {
  const bool asked_for = std::ranges::any_of(
      report.request.metrics, [](const ReportMetric* metric) { return CountsDuplicates(*metric); });
  if (!asked_for) return {};
  ADTALLY_ASSIGN(
      report.duplicates_from_s,
      CountedFrom(report.sources.store, report.sources.tiers.constants(), kDuplicatesMigration));
  return {};
}

Result<void> PlanRange(PlannedReport& report) {
  if (!TierColumns(report.request).empty()) ADTALLY_TRY(PlanSums(report));
  ADTALLY_TRY(AddDuplicates(report));
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

}  // namespace

Error OfCompared(const TimeRange& range, Error error) {
  if (error.code != ErrorCode::kInvalidArgument) return error;
  return std::move(error).WithContext("compare_to: of the compared range, " +
                                      FormatRfc3339(range.from_s, range.from_offset_s) + " to " +
                                      FormatRfc3339(range.to_s, range.to_offset_s));
}

Result<PlannedReport> PlannedReport::Plan(const ReportSources& sources,
                                          const ReportRequest& request, Scope scope) {
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

bool PlannedReport::ReadsPublishedRowsOnly() const {
  const std::vector<Tier> tiers = plan.Tiers();
  if (std::ranges::find(tiers, Tier::kMinute) != tiers.end()) return false;
  // Users come by the quarter of an hour, and conversions at any time after their click.
  if (AsksForReach(request) || !ClickColumns(request).empty()) return false;
  return !compared || compared->ReadsPublishedRowsOnly();
}

bool PlannedReport::HasAllDuplicates() const {
  if (compared && !compared->HasAllDuplicates()) return false;
  return range.from_s >= duplicates_from_s;
}

bool PlannedReport::IsFinal() const {
  if (compared && !compared->IsFinal()) return false;
  return ReadsPublishedRowsOnly() && known.published && adtally::IsFinal(plan, *known.published);
}

std::vector<Tier> PlannedReport::OwnTiers() const {
  std::vector<Tier> tiers = plan.Tiers();
  if (AsksForReach(request)) tiers.push_back(Tier::kReach);
  if (!ClickColumns(request).empty()) tiers.push_back(Tier::kClickConversion);
  return tiers;
}

std::vector<Tier> PlannedReport::AllTiers() const {
  const std::vector<Tier> own = OwnTiers();
  std::set<Tier> tiers(own.begin(), own.end());
  if (compared) {
    for (const Tier tier : compared->OwnTiers()) tiers.insert(tier);
  }
  return {tiers.begin(), tiers.end()};
}

}  // namespace adtally
