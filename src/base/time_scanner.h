#pragma once

#include <chrono>
#include <string_view>

namespace adtally {

// Reads a written time from front to back, part by part. A part that is missing or out of its range
// makes ok() false for good, and what is returned from then on means nothing: so a reader asks for
// all parts first and for ok() once. Not thread-safe. The text must outlive it.
class TimeScanner {
 public:
  explicit TimeScanner(std::string_view text) : rest_(text) {}

  bool ok() const { return ok_; }
  bool AtEnd() const { return rest_.empty(); }

  // The next character if it is one of `set`; otherwise '\0', and nothing is taken.
  char Accept(std::string_view set);
  // The same, but it has to be there.
  char Expect(std::string_view set);
  // Exactly `digits` digits, from 0 to `max`.
  int Number(int digits, int max);
  // One or more digits, as they stand.
  std::string_view Digits();

  // "2026-11-23", a date that exists.
  std::chrono::year_month_day Date();
  // "Z", "z" or hours and minutes behind one of `signs`, as "+01:00": minutes east of UTC. '-' is
  // west, any other sign is east.
  int OffsetMinutes(std::string_view signs);

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace adtally
