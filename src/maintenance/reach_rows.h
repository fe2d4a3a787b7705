#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "maintenance/local_days.h"
#include "store/store.h"
#include "tiers/tier.h"

namespace adtally {

// The UTC days, by DayNumber, of which adtally.reach_quarter has rows, ascending.
Result<std::vector<uint32_t>> QuarterPartitions(Store& store);

// [from_s, to_s) holds every quarter of an hour that is of this day anywhere.
UtcHours QuartersOf(const LocalDay& day);

// "adtally.reach_quarter WHERE …": these.
std::string QuarterRows(const LocalDay& day);
// "adtally.reach WHERE …": the day in one generation.
std::string ReachRows(Generation generation, const LocalDay& day);

// An expression that hashes how many users rows count by advertiser and
// campaign: sketches of the same users count the same, however they were merged.
std::string ReachHash(std::string_view rows);

}  // namespace adtally
