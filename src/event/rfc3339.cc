#include "event/rfc3339.h"

#include <array>
#include <chrono>
#include <cstdio>

namespace adtally {
namespace {

// Reads text from front to back; any mismatch makes it fail for good.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool ok() const { return ok_; }
  bool AtEnd() const { return rest_.empty(); }
  char Peek() const { return rest_.empty() ? '\0' : rest_[0]; }

  int Digits(int count) {
    int value = 0;
    for (int i = 0; i < count; ++i) value = value * 10 + Digit();
    return value;
  }

  char OneOf(std::string_view allowed) {
    const char c = Peek();
    if (c == '\0' || allowed.find(c) == std::string_view::npos) {
      ok_ = false;
      return '\0';
    }
    rest_.remove_prefix(1);
    return c;
  }

  // One or more digits after the point, in milliseconds.
  int Fraction() {
    int ms = Digit() * 100;
    for (int weight = 10; IsDigit(Peek()); weight /= 10) ms += Digit() * weight;
    return ms;
  }

 private:
  static bool IsDigit(char c) { return c >= '0' && c <= '9'; }
  int Digit() {
    if (!IsDigit(Peek())) {
      ok_ = false;
      return 0;
    }
    const int digit = rest_[0] - '0';
    rest_.remove_prefix(1);
    return digit;
  }

  std::string_view rest_;
  bool ok_ = true;
};

int OffsetMinutes(Scanner& scanner) {
  const char sign = scanner.OneOf("Zz+-");
  if (sign == 'Z' || sign == 'z') return 0;
  const int hours = scanner.Digits(2);
  scanner.OneOf(":");
  const int minutes = scanner.Digits(2);
  if (hours > 23 || minutes > 59) scanner.OneOf("");
  return (sign == '-' ? -1 : 1) * (hours * 60 + minutes);
}

}  // namespace

std::optional<int64_t> ParseRfc3339(std::string_view text) {
  Scanner scanner(text);
  const int year = scanner.Digits(4);
  scanner.OneOf("-");
  const int month = scanner.Digits(2);
  scanner.OneOf("-");
  const int day = scanner.Digits(2);
  scanner.OneOf("Tt ");
  const int hour = scanner.Digits(2);
  scanner.OneOf(":");
  const int minute = scanner.Digits(2);
  scanner.OneOf(":");
  const int second = scanner.Digits(2);
  int ms = 0;
  if (scanner.Peek() == '.') {
    scanner.OneOf(".");
    ms = scanner.Fraction();
  }
  const int offset = OffsetMinutes(scanner);

  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!scanner.ok() || !scanner.AtEnd() || !date.ok() || hour > 23 || minute > 59 || second > 60) {
    return std::nullopt;
  }
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const int64_t minutes = (days * 24 + hour) * 60 + minute - offset;
  return (minutes * 60 + second) * 1000 + ms;
}

std::string FormatRfc3339(int64_t ms_since_epoch) {
  const std::chrono::sys_time<std::chrono::milliseconds> time{
      std::chrono::milliseconds(ms_since_epoch)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::array<char, 64> text{};
  const int size = std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
      static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
      static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
      static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
      static_cast<int>(clock.subseconds().count()));
  return {text.data(), static_cast<size_t>(size)};
}

}  // namespace adtally
