#include "reporting/reach_plan.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/rfc3339.h"
#include "base/strong.h"
#include "reporting/day_choice.h"

namespace adtally {
namespace {

Error Invalid(std::string message) {
  return {ErrorCode::kInvalidArgument, std::move(message)};
}

bool HasSketches(const ReportDimension& dimension) {
  return dimension.column == "advertiser_id" || dimension.column == "campaign_id";
}

std::string OrLeaveOut() {
  return ", or leave reach out of metrics";
}

Result<void> CheckBounds(const TimeRange& range) {
  const bool from_fits = range.from_s % kSecondsPerQuarter == 0;
  if (from_fits && range.to_s % kSecondsPerQuarter == 0) return {};
  const std::string bound = from_fits ? "to: " + FormatRfc3339(range.to_s, range.to_offset_s)
                                      : "from: " + FormatRfc3339(range.from_s, range.from_offset_s);
  return Invalid(bound +
                 " is inside a quarter of an hour, by which reach is counted: give a minute of "
                 "00, 15, 30 or 45" +
                 OrLeaveOut());
}

Error QuartersAreGone(const PublishedTiers& tiers) {
  std::string message = "from: reach is kept by quarters of an hour from " +
                        FormatRfc3339(tiers.FloorOf(Tier::kReach), {}) +
                        " on, before that by day of each advertiser's own time_zone";
  if (const int64_t days_from_s = tiers.FloorOf(Tier::kDay); days_from_s > 0) {
    message += " from " + FormatRfc3339(days_from_s, {}).substr(0, 10) + " on";
  }
  return Invalid(message +
                 ": ask for whole days there, by day or in total, of advertisers in the report's "
                 "time_zone" +
                 OrLeaveOut());
}

}  // namespace

bool AsksForReach(const ReportRequest& request) {
  return std::ranges::any_of(request.metrics,
                             [](const ReportMetric* metric) { return metric->sketch; });
}

Result<void> CheckReach(const ReportRequest& request) {
  if (!AsksForReach(request)) return {};
  if (request.granularity == Granularity::kMinute) {
    return Invalid("granularity: reach is not counted by minute; choose hour, day or total" +
                   OrLeaveOut());
  }
  const auto refuse = [](std::string_view parameter, std::string_view name) {
    return Invalid(std::string(parameter) +
                   ": reach is counted by advertiser and campaign, not by " + std::string(name) +
                   "; take it out" + OrLeaveOut());
  };
  for (const ReportDimension* group : request.groups) {
    if (!HasSketches(*group)) return refuse("group_by", group->group);
  }
  for (const ReportRequest::Filter& filter : request.filters) {
    const ReportDimension& dimension = *filter.dimension;
    if (!HasSketches(dimension)) return refuse(dimension.column, dimension.group);
  }
  return {};
}

Result<ReportPlan> PlanReach(const ReportTiers& tiers, const ReportRequest& request,
                             const TimeRange& range) {
  ADTALLY_TRY(CheckBounds(range));
  DayChoice choice = ChooseDays(tiers, request, range);
  ReportPlan plan{.segments = {}, .listed = std::move(choice.listed), .archived = {}};
  for (FinerPart& part : choice.finer) {
    if (part.spans.front().from_s < tiers.published->FloorOf(Tier::kReach))
      return QuartersAreGone(*tiers.published);
    plan.segments.push_back({.tier = Tier::kMinute,
                             .advertisers = part.advertisers,
                             .spans = std::move(part.spans),
                             .rolled = {}});
  }
  if (choice.days) plan.segments.push_back(std::move(*choice.days));
  return plan;
}

}  // namespace adtally
