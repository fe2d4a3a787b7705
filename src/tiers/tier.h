#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/utc_date.h"  // what tiers call a day and a month

namespace adtally {

// Where the numbers of a time may be: in deltas by minute, in rollups of those by hour and by day,
// in Parquet files of hours. Reach has sketches of its own, conversions by the time of their click
// a table of their own. Values are stored, but for the last, which is published nowhere: they never
// change meaning.
enum class Tier : uint8_t {
  kMinute = 0,
  kHour = 1,
  kDay = 2,
  kArchive = 3,
  kReach = 4,
  kClickConversion = 5,
};

// "minute", "hour", "day", "archive", "reach", "click_conversion"
std::string_view TierName(Tier tier);

// The number of one run that wrote rows of a tier; 0 is none. Random, so that two runs never write
// under the same one.
using Generation = uint32_t;
Generation NewGeneration();

// The id of the store's partition of one generation: "20261130-3735928559".
std::string PartitionId(uint32_t partition, Generation generation);

}  // namespace adtally
