#include "reporting/rfc3339.h"

#include <chrono>
#include <cstdio>

namespace adtally {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

constexpr int64_t kDayS = 86'400;

// Consumes a text from the front.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : left_(text) {}

  bool done() const { return left_.empty(); }

  // The next character when it is one of `set`; 0 otherwise.
  char OneOf(std::string_view set) {
    if (left_.empty() || set.find(left_.front()) == std::string_view::npos) return 0;
    const char c = left_.front();
    left_.remove_prefix(1);
    return c;
  }

  // Exactly `digits` digits; -1 otherwise.
  int Number(size_t digits) {
    if (left_.size() < digits) return -1;
    int value = 0;
    for (size_t i = 0; i < digits; ++i) {
      if (left_[i] < '0' || left_[i] > '9') return -1;
      value = value * 10 + (left_[i] - '0');
    }
    left_.remove_prefix(digits);
    return value;
  }

 private:
  std::string_view left_;
};

std::optional<int64_t> ScanDate(Scanner& in) {
  const int year = in.Number(4);
  if (year < 2000 || year > 2099 || !in.OneOf("-")) return std::nullopt;
  const int month = in.Number(2);
  if (month < 1 || !in.OneOf("-")) return std::nullopt;
  const int day = in.Number(2);
  if (day < 1) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day)));
  if (!date.ok()) return std::nullopt;
  return int64_t{sys_days(date).time_since_epoch().count()} * kDayS;
}

// Seconds since midnight, in whole minutes.
std::optional<int64_t> ScanTimeOfDay(Scanner& in, RoundMinute round) {
  const int hour = in.Number(2);
  if (hour < 0 || hour > 23 || !in.OneOf(":")) return std::nullopt;
  const int minute = in.Number(2);
  if (minute < 0 || minute > 59) return std::nullopt;
  bool inside = false;
  if (in.OneOf(":")) {
    const int second = in.Number(2);
    if (second < 0 || second > 59) return std::nullopt;
    inside = second > 0;
    if (in.OneOf(".")) {
      char digit = in.OneOf("0123456789");
      if (!digit) return std::nullopt;
      for (; digit; digit = in.OneOf("0123456789")) inside = inside || digit != '0';
    }
  }
  return hour * 3600 + minute * 60 + (inside && round == RoundMinute::kUp ? 60 : 0);
}

std::optional<int32_t> ScanOffset(Scanner& in) {
  if (in.OneOf("Zz")) return 0;
  const char sign = in.OneOf("+- ");
  const int hours = in.Number(2);
  if (!sign || hours < 0 || hours > 23 || !in.OneOf(":")) return std::nullopt;
  const int minutes = in.Number(2);
  if (minutes < 0 || minutes > 59) return std::nullopt;
  const int offset = hours * 3600 + minutes * 60;
  return sign == '-' ? -offset : offset;
}

struct Broken {
  int year;
  unsigned month, day;
  int hour, minute, second;
};

Broken Break(int64_t seconds) {
  const auto time = std::chrono::sys_seconds(std::chrono::seconds(seconds));
  const auto day = std::chrono::floor<days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return {int{date.year()},
          unsigned{date.month()},
          unsigned{date.day()},
          static_cast<int>(clock.hours().count()),
          static_cast<int>(clock.minutes().count()),
          static_cast<int>(clock.seconds().count())};
}

std::string Format(int64_t seconds, char between) {
  const Broken t = Break(seconds);
  char text[64];
  std::snprintf(text, sizeof(text), "%04d-%02u-%02u%c%02d:%02d:%02d", t.year, t.month, t.day,
                between, t.hour, t.minute, t.second);
  return text;
}

}  // namespace

std::optional<CivilTime> ParseCivilTime(std::string_view text, RoundMinute round) {
  Scanner in(text);
  CivilTime time;
  const auto date = ScanDate(in);
  if (!date) return std::nullopt;
  time.wall_s = *date;
  if (in.done()) return time;
  if (!in.OneOf("Tt ")) return std::nullopt;
  const auto time_of_day = ScanTimeOfDay(in, round);
  if (!time_of_day) return std::nullopt;
  time.wall_s += *time_of_day;
  if (in.done()) return time;
  time.offset_s = ScanOffset(in);
  if (!time.offset_s || !in.done()) return std::nullopt;
  return time;
}

std::string FormatRfc3339(int64_t utc_s, std::optional<int32_t> offset_s) {
  if (!offset_s) return Format(utc_s, 'T') + 'Z';
  const int32_t minutes = (*offset_s < 0 ? -*offset_s : *offset_s) / 60;
  char offset[16];
  std::snprintf(offset, sizeof(offset), "%c%02d:%02d", *offset_s < 0 ? '-' : '+', minutes / 60,
                minutes % 60);
  return Format(utc_s + *offset_s, 'T') + offset;
}

std::string FormatRfc3339Millis(int64_t utc_ms) {
  const auto time = std::chrono::milliseconds(utc_ms);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  char fraction[16];
  std::snprintf(fraction, sizeof(fraction), ".%03dZ", static_cast<int>((time - seconds).count()));
  return Format(seconds.count(), 'T') + fraction;
}

std::string FormatWallTime(int64_t wall_s) {
  return Format(wall_s, ' ');
}

}  // namespace adtally
