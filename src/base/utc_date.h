#pragma once

#include <cstdint>

namespace adtally {

// Days and months of UTC in numbers: 20261130 and 202611.
uint32_t DayNumber(int64_t utc_s);      // of the day that holds this time, seconds since the epoch
uint32_t MonthNumber(int64_t utc_s);    // of the month
int64_t DayStart(uint32_t day_number);  // seconds since the epoch, of 00:00 UTC
int64_t MonthStart(uint32_t month_number);  // the same of the month's first day
uint32_t NextMonth(uint32_t month_number);

}  // namespace adtally
