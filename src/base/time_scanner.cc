#include "base/time_scanner.h"

namespace adtally {
namespace {

constexpr std::string_view kDigits = "0123456789";

}  // namespace

char TimeScanner::Accept(std::string_view set) {
  if (rest_.empty() || set.find(rest_.front()) == std::string_view::npos) return '\0';
  const char c = rest_.front();
  rest_.remove_prefix(1);
  return c;
}

char TimeScanner::Expect(std::string_view set) {
  const char c = Accept(set);
  if (c == '\0') ok_ = false;
  return c;
}

int TimeScanner::Number(int digits, int max) {
  int value = 0;
  for (int i = 0; i < digits; ++i) {
    const char c = Expect(kDigits);
    if (c == '\0') return 0;
    value = value * 10 + (c - '0');
  }
  if (value > max) ok_ = false;
  return value;
}

std::string_view TimeScanner::Digits() {
  const std::string_view digits = rest_.substr(0, rest_.find_first_not_of(kDigits));
  if (digits.empty()) ok_ = false;
  rest_.remove_prefix(digits.size());
  return digits;
}

std::chrono::year_month_day TimeScanner::Date() {
  const int year = Number(4, 9999);
  Expect("-");
  const int month = Number(2, 12);
  Expect("-");
  const int day = Number(2, 31);
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) ok_ = false;
  return date;
}

int TimeScanner::OffsetMinutes(std::string_view signs) {
  if (Accept("Zz") != '\0') return 0;
  const char sign = Expect(signs);
  const int hours = Number(2, 23);
  Expect(":");
  const int minutes = Number(2, 59);
  return (sign == '-' ? -1 : 1) * (hours * 60 + minutes);
}

}  // namespace adtally
