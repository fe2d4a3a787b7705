#include "base/utc_date.h"

#include <chrono>

namespace adtally {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;
using std::chrono::year_month_day;

year_month_day DateOf(int64_t utc_s) {
  return year_month_day(floor<days>(sys_seconds(seconds(utc_s))));
}

uint32_t MonthOf(const year_month_day& date) {
  return static_cast<uint32_t>(static_cast<int>(date.year())) * 100 +
         static_cast<unsigned>(date.month());
}

int64_t StartOf(uint32_t month_number, uint32_t day) {
  const year_month_day date(std::chrono::year(static_cast<int>(month_number / 100)),
                            std::chrono::month(month_number % 100), std::chrono::day(day));
  return sys_seconds(sys_days(date)).time_since_epoch().count();
}

}  // namespace

uint32_t DayNumber(int64_t utc_s) {
  const year_month_day date = DateOf(utc_s);
  return MonthOf(date) * 100 + static_cast<unsigned>(date.day());
}

uint32_t MonthNumber(int64_t utc_s) {
  return MonthOf(DateOf(utc_s));
}

int64_t DayStart(uint32_t day_number) {
  return StartOf(day_number / 100, day_number % 100);
}

int64_t MonthStart(uint32_t month_number) {
  return StartOf(month_number, 1);
}

uint32_t NextMonth(uint32_t month_number) {
  return month_number % 100 == 12 ? (month_number / 100 + 1) * 100 + 1 : month_number + 1;
}

}  // namespace adtally
