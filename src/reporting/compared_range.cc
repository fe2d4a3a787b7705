#include "reporting/compared_range.h"

#include <chrono>
#include <string>
#include <utility>

#include "base/strong.h"
#include "reporting/civil_time.h"
#include "store/row_binary_reader.h"
#include "store/statement.h"

namespace adtally {
namespace {

constexpr int64_t kFirstS = 946'684'800;  // 2000-01-01T00:00:00: no bound is before it

Error Invalid(std::string message) {
  return {ErrorCode::kInvalidArgument, "compare_to: " + std::move(message)};
}

// The dates of two bounds in a time zone, in days since the epoch.
struct LocalDays {
  int64_t from = 0;
  int64_t to = 0;
  bool whole = false;  // both bounds are the first moments of their days
};

Result<LocalDays> ReadLocalDays(Store& store, ConstantAnswers& known, const TimeRange& range,
                                const std::string& time_zone) {
  if (time_zone == "UTC") {
    return LocalDays{range.from_s / kSecondsPerDay, range.to_s / kSecondsPerDay,
                     range.from_s % kSecondsPerDay == 0 && range.to_s % kSecondsPerDay == 0};
  }
  ADTALLY_ASSIGN(const std::string row,
                 known.Run(store, {"WITH toDateTime({from:UInt32}, {time_zone:String}) AS f, "
                                   "toDateTime({to:UInt32}, {time_zone:String}) AS t SELECT "
                                   "toUInt32(toDate(f)), toUInt32(toDate(t)), "
                                   "toUInt32(toStartOfDay(f) = f AND toStartOfDay(t) = t)",
                                   {{"from", std::to_string(range.from_s)},
                                    {"to", std::to_string(range.to_s)},
                                    {"time_zone", time_zone}}}));
  RowBinaryReader reader(row);
  LocalDays days;
  days.from = reader.UInt32();
  days.to = reader.UInt32();
  days.whole = reader.UInt32() == 1;
  if (!reader.ok()) return Error{ErrorCode::kInternal, "the store's answer cannot be read"};
  return days;
}

CivilTime Moment(int64_t utc_s) {
  return {.wall_s = utc_s, .offset_s = 0};
}

Result<Comparison> PreviousPeriod(Store& store, ConstantAnswers& known,
                                  const std::string& time_zone, const TimeRange& range) {
  ADTALLY_ASSIGN(const LocalDays days, ReadLocalDays(store, known, range, time_zone));
  CivilTime from = Moment(range.from_s - (range.to_s - range.from_s));
  if (days.whole)
    from = {.wall_s = (days.from - (days.to - days.from)) * kSecondsPerDay, .offset_s = {}};
  if (from.wall_s < kFirstS) {
    return Invalid("the period before begins before 2000; choose a shorter or later range");
  }
  ADTALLY_ASSIGN(const TimeRange before,
                 ResolveTimeRange(store, known, from, Moment(range.from_s), time_zone));
  return Comparison{before, days.whole};
}

enum class Bound { kFrom, kTo };

CivilTime YearBefore(int64_t wall_s, Bound bound) {
  using namespace std::chrono;
  const sys_seconds time{seconds(wall_s)};
  const sys_days day = floor<days>(time);
  const year_month_day date = year_month_day(day) - years(1);
  sys_days moved = date;  // February 29 of a year without one is March 1
  const bool ends_before_it = bound == Bound::kTo && time == day;
  if (!date.ok() && !ends_before_it) moved -= days(1);
  return {.wall_s = sys_seconds(moved + (time - day)).time_since_epoch().count(), .offset_s = {}};
}

Result<Comparison> PreviousYear(Store& store, ConstantAnswers& known, const std::string& time_zone,
                                const TimeRange& range) {
  const CivilTime from = YearBefore(range.from_s + range.from_offset_s.value_or(0), Bound::kFrom);
  const CivilTime to = YearBefore(range.to_s + range.to_offset_s.value_or(0), Bound::kTo);
  if (from.wall_s < kFirstS) {
    return Invalid("the year before begins before 2000; choose a later range");
  }
  auto before = ResolveTimeRange(store, known, from, to, time_zone);
  if (before.ok()) return Comparison{*before, true};
  if (before.error().code != ErrorCode::kInvalidArgument) return std::move(before).error();
  return Invalid("nothing is left of the range a year before, where its dates or hours (" +
                 FormatWallTime(from.wall_s) +
                 ") are not in the calendar; choose a longer range, or previous_period");
}

}  // namespace

Result<Comparison> ResolveComparison(Store& store, ConstantAnswers& known,
                                     const ReportRequest& request, const TimeRange& range) {
  ADTALLY_CHECK(request.compares(), "the report is compared with nothing");
  return request.compare_to == CompareTo::kPreviousYear
             ? PreviousYear(store, known, request.time_zone, range)
             : PreviousPeriod(store, known, request.time_zone, range);
}

}  // namespace adtally
