#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/store.h"

namespace adtally {

// Zones are from UTC-12 to UTC+14: no local time is farther from UTC.
inline constexpr int64_t kMaxOffsetS = 15 * 3600;

// A day of the calendar, wherever it is.
struct LocalDay {
  uint32_t month = 0;  // MonthNumber
  uint8_t day = 0;     // of the month, from 1

  int64_t utc_s() const;     // 00:00 UTC of the date, seconds since the epoch
  std::string text() const;  // "2026-11-30"
};
LocalDay LocalDayOf(int64_t utc_s);  // the date in UTC

// "toDate('2026-11-30')".
std::string DateLiteral(const LocalDay& day);

// When a day is in one time zone: [from_s, to_s), seconds since the epoch, on quarters of an hour.
struct ZoneDay {
  std::string zone;
  int64_t from_s = 0;
  int64_t to_s = 0;
};
// A zone whose calendar leaves the day out is absent.
Result<std::vector<ZoneDay>> DayInZones(Store& store, const LocalDay& day,
                                        const std::vector<std::string>& zones);

// Whole hours of UTC: [from_s, to_s).
struct UtcHours {
  int64_t from_s = 0;
  int64_t to_s = 0;
};
// Those that hold the day in all of these zones, and in UTC.
UtcHours HoursOf(const LocalDay& day, const std::vector<ZoneDay>& in_zones);

}  // namespace adtally
