#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/store.h"

namespace adtally {

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

// The hours of UTC, [from_s, to_s), that hold the day in any of `zones`; UTC's own are always among
// them.
struct UtcHours {
  int64_t from_s = 0;
  int64_t to_s = 0;
};
Result<UtcHours> HoursOfLocalDay(Store& store, const LocalDay& day,
                                 const std::vector<std::string>& zones);

}  // namespace adtally
