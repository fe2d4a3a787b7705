#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "base/strong.h"

namespace adtally {

// The largest timestamp of the records before `end`, found without reading them: by a time index
// that tells the first record whose timestamp is at or after some time. That record lies before
// `end` exactly for the times up to the maximum, so the largest such time is it; 41 questions at
// most. nullopt when no record lies before `end`.
//
// `first_at(AppendTime)` gives Result<std::optional<Offset>>, nullopt when there is none.
template <class FirstAt>
Result<std::optional<AppendTime>> MaxTimeBefore(Offset end, FirstAt first_at) {
  constexpr int64_t kBeyond = int64_t{1} << 41;  // the year 2039
  int64_t low = -1;                              // a time that is at most the maximum, if any
  for (int64_t high = kBeyond; high - low > 1;) {
    const int64_t middle = low + (high - low) / 2;
    ADTALLY_ASSIGN(const std::optional<Offset> first, first_at(AppendTime(middle)));
    (first && *first < end ? low : high) = middle;
  }
  if (low < 0) return std::optional<AppendTime>();
  return std::optional(AppendTime(low));
}

}  // namespace adtally
