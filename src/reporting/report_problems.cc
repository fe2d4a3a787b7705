#include "reporting/report_problems.h"

#include <algorithm>
#include <string>

#include "base/rfc3339.h"

namespace adtally {
namespace {

constexpr int64_t kHourS = 3600;

std::string Time(int64_t utc_s) {
  return FormatRfc3339(utc_s, std::nullopt);
}

std::string MinutesSince(const PublishedTiers& tiers) {
  return "numbers by minute are kept from " + Time(MinutesKeptFrom(tiers)) + " on";
}

int64_t HoursKeptFrom(const PublishedTiers& tiers) {
  return std::max(tiers.FloorOf(Tier::kHour), tiers.FloorOf(Tier::kArchive));
}

Error Invalid(std::string message) {
  return {ErrorCode::kInvalidArgument, std::move(message)};
}

// The bound that is not on an hour of UTC, `from` if both are not.
std::string BoundOffTheHour(const TimeRange& range) {
  if (range.from_s % kHourS != 0)
    return "from: " + FormatRfc3339(range.from_s, range.from_offset_s);
  return "to: " + FormatRfc3339(range.to_s, range.to_offset_s);
}

}  // namespace

int64_t MinutesKeptFrom(const PublishedTiers& tiers) {
  const int64_t floor_s = tiers.FloorOf(Tier::kMinute);
  return floor_s == INT64_MIN ? floor_s : (floor_s + kHourS - 1) / kHourS * kHourS;
}

Error MinutesAreGone(const PublishedTiers& tiers, const TimeRange& range) {
  const std::string finest = range.from_s < HoursKeptFrom(tiers) ? "day" : "hour";
  return Invalid("granularity: " + MinutesSince(tiers) + "; the finest for this range is " +
                 finest);
}

Error BoundIsInsideHour(const PublishedTiers& tiers, const TimeRange& range) {
  return Invalid(BoundOffTheHour(range) + " is inside an hour of UTC, and " + MinutesSince(tiers) +
                 "; before that give a whole hour");
}

Error HoursAreGone(const PublishedTiers& tiers, const ReportRequest& request) {
  const int64_t days_from_s = tiers.FloorOf(Tier::kDay);
  std::string message = "from: numbers by hour are kept from " + Time(HoursKeptFrom(tiers)) + " on";
  if (days_from_s != INT64_MIN) {
    message += ", those by day from " + Time(days_from_s).substr(0, 10) + " on";
  }
  message += "; the range begins before that";
  if (days_from_s < HoursKeptFrom(tiers)) {
    message += ", where only whole days in the advertisers' own time_zone can be asked for";
    if (request.granularity == Granularity::kHour) message += ", with granularity day or total";
  }
  return Invalid(std::move(message));
}

Error NoArchive(int64_t end_s) {
  return Invalid(
      "from: numbers before " + Time(end_s) +
      " are in the archive, and this server has none configured ([archive], archive.kind);"
      " begin there or later");
}

Error RowsStraddle(const PublishedTiers& tiers, const ReportRequest& request,
                   const TimeRange& range) {
  const std::string instead = MinutesSince(tiers) +
                              ", and numbers before that are by whole hours of UTC for some of the "
                              "advertisers";
  const bool by_bucket =
      request.granularity == Granularity::kHour || request.granularity == Granularity::kDay;
  if (by_bucket) {
    return Invalid("time_zone: in " + request.time_zone +
                   " hours or days begin inside hours of UTC, or a bound is inside one; " +
                   instead +
                   ": ask for them in a time_zone that is whole hours from UTC, from and to whole "
                   "hours");
  }
  return Invalid(BoundOffTheHour(range) + " is inside an hour of UTC; " + instead +
                 ": give a whole hour");
}

}  // namespace adtally
