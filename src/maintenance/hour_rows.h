#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/statement.h"
#include "store/store.h"
#include "tiers/tier_status.h"

namespace adtally {

// Times are seconds since the epoch, and hours are named by their start.

// "adtally.minute WHERE …": the traffic of one hour, without receipts.
std::string MinuteRows(int64_t hour_s);
// "adtally.hour WHERE …": the same hour of one generation.
std::string HourRows(Generation generation, int64_t hour_s);

// What is published of the hour tier, by DayNumber.
using HourStatus = std::map<uint32_t, TierPartition>;
const TierSlot* FindHour(const HourStatus& status, int64_t hour_s);
// "adtally.hour WHERE …": all that is published of [from_s, to_s), whole hours.
std::string PublishedHourRows(const HourStatus& status, int64_t from_s, int64_t to_s);

// The hours of which adtally.minute has rows, ascending.
Result<std::vector<int64_t>> MinutePartitions(Store& store);
// The id of such an hour's partition.
std::string MinutePartitionId(int64_t hour_s);

}  // namespace adtally
