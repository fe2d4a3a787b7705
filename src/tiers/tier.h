#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace adtally {

// Where the numbers of a time may be: in deltas by minute, in rollups of those by hour and by day,
// in Parquet files of hours. Reach has sketches of its own. Values are stored: they never change
// meaning.
enum class Tier : uint8_t { kMinute = 0, kHour = 1, kDay = 2, kArchive = 3, kReach = 4 };

std::string_view TierName(Tier tier);  // "minute", "hour", "day", "archive", "reach"

// The number of one run that wrote rows of a tier; 0 is none. Random, so that two runs never write
// under the same one.
using Generation = uint32_t;
Generation NewGeneration();

// What tiers call a day and a month in numbers: 20261130 and 202611.
uint32_t DayNumber(int64_t utc_s);  // of the UTC day that holds this time, seconds since the epoch
uint32_t MonthNumber(int64_t utc_s);        // of the UTC month
int64_t DayStart(uint32_t day_number);      // seconds since the epoch, of 00:00 UTC
int64_t MonthStart(uint32_t month_number);  // the same of the month's first day
uint32_t NextMonth(uint32_t month_number);

// The id of the store's partition of one generation: "20261130-3735928559".
std::string PartitionId(uint32_t partition, Generation generation);

}  // namespace adtally
