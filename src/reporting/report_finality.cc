#include "reporting/report_finality.h"

#include <algorithm>

namespace adtally {
namespace {

constexpr int64_t kHourS = 3600;
constexpr int64_t kHoursOfDay = 24;

bool IsFinalHour(const PublishedTiers& published, int64_t hour_s) {
  const auto day = published.hours.find(DayNumber(hour_s));
  if (day == published.hours.end()) return false;
  const TierSlot* slot = day->second.Find(static_cast<uint8_t>(hour_s / kHourS % kHoursOfDay));
  return slot != nullptr && slot->final;
}

bool AreFinalHours(const PublishedTiers& published, const ReportSegment& segment) {
  return std::ranges::all_of(segment.spans, [&](const TimeSpan& span) {
    for (int64_t hour_s = span.from_s / kHourS * kHourS; hour_s < span.to_s; hour_s += kHourS) {
      if (!IsFinalHour(published, hour_s)) return false;
    }
    return true;
  });
}

}  // namespace

bool IsFinal(const ReportPlan& plan, const PublishedTiers& published) {
  const auto is_final = [&](const ReportSegment& segment) {
    switch (segment.tier) {
      case Tier::kDay:  // made of final hours only
      case Tier::kArchive:
        return true;
      case Tier::kHour:
        return AreFinalHours(published, segment);
      default:
        return false;
    }
  };
  return !plan.segments.empty() && std::ranges::all_of(plan.segments, is_final);
}

}  // namespace adtally
