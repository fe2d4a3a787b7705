#include "reporting/civil_time.h"

#include <chrono>

#include "base/rfc3339.h"
#include "base/time_scanner.h"

namespace adtally {
namespace {

// Seconds since midnight, in whole minutes.
int64_t ScanTimeOfDay(TimeScanner& in, RoundMinute round) {
  const int hour = in.Number(2, 23);
  in.Expect(":");
  const int minute = in.Number(2, 59);
  bool inside = false;  // the minute, and not at its start
  if (in.Accept(":") != '\0') {
    inside = in.Number(2, 59) > 0;
    if (in.Accept(".") != '\0') {
      inside = in.Digits().find_first_not_of('0') != std::string_view::npos || inside;
    }
  }
  return hour * 3600 + minute * 60 + (inside && round == RoundMinute::kUp ? 60 : 0);
}

}  // namespace

std::optional<CivilTime> ParseCivilTime(std::string_view text, RoundMinute round) {
  TimeScanner in(text);
  const std::chrono::year_month_day date = in.Date();
  if (!in.ok() || int{date.year()} < 2000 || int{date.year()} > 2099) return std::nullopt;
  CivilTime time;
  time.wall_s = std::chrono::sys_seconds(std::chrono::sys_days(date)).time_since_epoch().count();
  if (!in.AtEnd()) {
    in.Expect("Tt ");
    time.wall_s += ScanTimeOfDay(in, round);
    if (!in.AtEnd()) time.offset_s = in.OffsetMinutes("+- ") * 60;
  }
  if (!in.ok() || !in.AtEnd()) return std::nullopt;
  return time;
}

std::string FormatWallTime(int64_t wall_s) {
  std::string text = FormatRfc3339(wall_s, std::nullopt);
  text[text.find('T')] = ' ';
  text.pop_back();  // the Z
  return text;
}

}  // namespace adtally
