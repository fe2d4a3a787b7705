#include "base/rfc3339.h"

#include <chrono>
#include <cstdio>

#include "base/time_scanner.h"

namespace adtally {
namespace {

// The first three digits of a second's fraction; missing ones are 0.
int Millis(std::string_view fraction) {
  int ms = 0;
  for (size_t i = 0; i < 3; ++i) ms = ms * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
  return ms;
}

// "2026-11-01T12:30:00"
std::string FormatSeconds(int64_t seconds) {
  const auto time = std::chrono::sys_seconds(std::chrono::seconds(seconds));
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  char text[64];
  std::snprintf(text, sizeof(text), "%04d-%02u-%02uT%02d:%02d:%02d", int{date.year()},
                unsigned{date.month()}, unsigned{date.day()},
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text;
}

}  // namespace

std::optional<int64_t> ParseRfc3339(std::string_view text) {
  TimeScanner in(text);
  const std::chrono::year_month_day date = in.Date();
  in.Expect("Tt ");
  const int hour = in.Number(2, 23);
  in.Expect(":");
  const int minute = in.Number(2, 59);
  in.Expect(":");
  const int second = in.Number(2, 60);
  const int ms = in.Accept(".") != '\0' ? Millis(in.Digits()) : 0;
  const int offset_minutes = in.OffsetMinutes("+-");
  if (!in.ok() || !in.AtEnd()) return std::nullopt;

  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const int64_t minutes = (days * 24 + hour) * 60 + minute - offset_minutes;
  return (minutes * 60 + second) * 1000 + ms;
}

std::string FormatRfc3339(int64_t utc_s, std::optional<int32_t> offset_s) {
  if (!offset_s) return FormatSeconds(utc_s) + 'Z';
  const int32_t minutes = (*offset_s < 0 ? -*offset_s : *offset_s) / 60;
  char offset[16];
  std::snprintf(offset, sizeof(offset), "%c%02d:%02d", *offset_s < 0 ? '-' : '+', minutes / 60,
                minutes % 60);
  return FormatSeconds(utc_s + *offset_s) + offset;
}

std::string FormatRfc3339Millis(int64_t utc_ms) {
  const auto time = std::chrono::milliseconds(utc_ms);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  char fraction[16];
  std::snprintf(fraction, sizeof(fraction), ".%03dZ", static_cast<int>((time - seconds).count()));
  return FormatSeconds(seconds.count()) + fraction;
}

}  // namespace adtally
