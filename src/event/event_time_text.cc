#include "event/event_time_text.h"

#include <chrono>

#include "base/rfc3339.h"

namespace adtally {
namespace {

// Reads numbers at fixed places and remembers whether one was none.
class FixedDigits {
 public:
  explicit FixedDigits(const char* text) : text_(text) {}

  template <int kDigits>
  int At(size_t place) {
    int number = 0;
    for (size_t i = place; i < place + kDigits; ++i) {
      const auto digit = static_cast<unsigned char>(text_[i] - '0');
      bad_ |= digit > 9;
      number = number * 10 + digit;
    }
    return number;
  }
  bool bad() const { return bad_; }

 private:
  const char* text_;
  bool bad_ = false;
};

}  // namespace

std::optional<int64_t> ParseEventTimeText(std::string_view text) {
  //  2026-11-23T12:00:00.500Z
  const bool has_millis = text.size() == 24;
  if ((!has_millis && text.size() != 20) || text.back() != 'Z' || text[4] != '-' ||
      text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':' ||
      (has_millis && text[19] != '.')) {
    return ParseRfc3339(text);
  }
  FixedDigits digits(text.data());
  const std::chrono::year_month_day date(std::chrono::year(digits.At<4>(0)),
                                         std::chrono::month(static_cast<unsigned>(digits.At<2>(5))),
                                         std::chrono::day(static_cast<unsigned>(digits.At<2>(8))));
  const int hour = digits.At<2>(11);
  const int minute = digits.At<2>(14);
  const int second = digits.At<2>(17);
  const int ms = has_millis ? digits.At<3>(20) : 0;
  if (digits.bad() || !date.ok() || hour > 23 || minute > 59 || second > 60) {
    return ParseRfc3339(text);
  }
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000 + ms;
}

}  // namespace adtally
