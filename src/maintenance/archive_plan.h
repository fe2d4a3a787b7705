#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/store.h"
#include "tiers/tier_status.h"

namespace adtally {

// A month of UTC that is old enough for the archive and has days in the store.
struct DueMonth {
  uint32_t month = 0;
  TierPartition archive = {};              // what is published of it
  std::vector<TierPartition> write = {};   // days of the hour tier that the archive does not have
  std::vector<TierPartition> remove = {};  // days that it has, and the hour tier still
  std::string waits_for = {};  // why `write` must not be written yet, for people; or empty
};

// The months that end at or before `before_s` (seconds since the epoch), in order. A month is
// written once, as a whole and in one generation, so it waits until each of its days is final, in
// one generation, and rolled up into the day tier. Days before the first that was ever rolled up
// have never had traffic.
Result<std::vector<DueMonth>> FindDueMonths(Store& store, int64_t before_s);

// "adtally.hour WHERE …": the rows of such days.
std::string RowsOfDays(const std::vector<TierPartition>& days);

}  // namespace adtally
