#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "reporting/civil_time.h"
#include "reporting/constant_answers.h"
#include "store/store.h"

namespace adtally {

// The IANA names that the store knows. Immutable.
class TimeZones {
 public:
  // Asks the store once.
  static Result<TimeZones> Load(Store& store);
  explicit TimeZones(std::set<std::string, std::less<>> names) : names_(std::move(names)) {}

  bool Contains(std::string_view name) const { return names_.contains(name); }

 private:
  std::set<std::string, std::less<>> names_;
};

// [from_s, to_s), seconds since the epoch, and the zone's offset from UTC at each; offsets are
// absent for "UTC".
struct TimeRange {
  int64_t from_s = 0;
  int64_t to_s = 0;
  std::optional<int32_t> from_offset_s;
  std::optional<int32_t> to_offset_s;
};

// Places bounds in a zone that TimeZones contains. A wall time that a clock change repeats means
// the first one; one that it skips moves forward by what was skipped. kInvalidArgument unless from
// < to. Asks the store unless the zone is UTC.
Result<TimeRange> ResolveTimeRange(Store& store, ConstantAnswers& known, const CivilTime& from,
                                   const CivilTime& to, std::string_view time_zone);

}  // namespace adtally
