#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "reporting/report_request.h"

// Clocks and calendars of some zones, by another implementation than the engine's.
namespace adtally::report_oracle {

// Both changes of the clocks in Berlin in 2040; far in the future, so that no row expires.
inline constexpr int64_t kSpring = 2'216'246'400;  // 2040-03-25T00:00:00Z
inline constexpr int64_t kAutumn = 2'234'995'200;  // 2040-10-28T00:00:00Z

// Midnight, in UTC, of the n-th Sunday of a month, the last one for 0, in the year of a time.
inline int64_t SundayOf(int64_t utc_s, unsigned month, unsigned n) {
  namespace chrono = std::chrono;
  const chrono::sys_days today =
      chrono::floor<chrono::days>(chrono::sys_seconds(chrono::seconds(utc_s)));
  const auto in_month = chrono::year_month_day(today).year() / chrono::month(month);
  const chrono::sys_days day = n == 0 ? chrono::sys_days(in_month / chrono::Sunday[chrono::last])
                                      : chrono::sys_days(in_month / chrono::Sunday[n]);
  return chrono::sys_seconds(day).time_since_epoch().count();
}

// The offset from UTC by the rules of the zones since 2019.
inline int32_t OffsetOf(std::string_view zone, int64_t utc_s) {
  if (zone == "Europe/Berlin") {
    return utc_s >= SundayOf(utc_s, 3, 0) + 3600 && utc_s < SundayOf(utc_s, 10, 0) + 3600 ? 7200
                                                                                          : 3600;
  }
  if (zone == "Asia/Kathmandu") return 5 * 3600 + 45 * 60;
  if (zone == "Asia/Kolkata") return 5 * 3600 + 30 * 60;
  if (zone == "Australia/Lord_Howe") {  // half an hour, from October to April
    const bool winter =
        utc_s >= SundayOf(utc_s, 4, 1) - 9 * 3600 && utc_s < SundayOf(utc_s, 10, 1) - 17 * 1800;
    return winter ? 37'800 : 39'600;
  }
  if (zone == "America/New_York") {
    const bool summer =
        utc_s >= SundayOf(utc_s, 3, 2) + 7 * 3600 && utc_s < SundayOf(utc_s, 11, 1) + 6 * 3600;
    return summer ? -4 * 3600 : -5 * 3600;
  }
  return 0;
}

// Hours are counted from midnight: where the clocks change by half an hour, this differs from the
// clock for the rest of that day.
inline int64_t BucketStart(Granularity granularity, std::string_view zone, int64_t utc_s) {
  if (granularity == Granularity::kTotal) return 0;
  if (granularity == Granularity::kMinute) return utc_s;
  const int32_t offset_s = OffsetOf(zone, utc_s);
  const int64_t wall_s = utc_s + offset_s;
  const int64_t midnight_s = wall_s - wall_s % 86'400;
  const int64_t day_s = midnight_s - OffsetOf(zone, midnight_s - offset_s);
  return granularity == Granularity::kDay ? day_s : utc_s - (utc_s - day_s) % 3600;
}

inline int64_t WallOf(const std::string& zone, int64_t utc_s) {
  return utc_s + OffsetOf(zone, utc_s);
}

// When the clock shows a time: the first of two, and where it skips it, that much later (as a bound
// of a range) or the hour before (as a row).
inline int64_t UtcOf(const std::string& zone, int64_t wall_s, bool later) {
  const int32_t before = OffsetOf(zone, wall_s - 15 * 3600);
  const int32_t after = OffsetOf(zone, wall_s + 15 * 3600);
  if (OffsetOf(zone, wall_s - before) == before) return wall_s - before;
  if (OffsetOf(zone, wall_s - after) == after) return wall_s - after;
  return wall_s - (later ? before : after);
}

}  // namespace adtally::report_oracle
