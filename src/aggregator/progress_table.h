#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "base/result.h"
#include "base/strong.h"
#include "store/store.h"

namespace adtally {

// How far the partitions are delivered, whoever delivers them: all rows of the records before the
// offset are in the store. Partitions of which nothing is delivered yet are left out.
Result<std::map<Partition, Offset>> ReadAllProgress(Store& store);

// Everything that was appended before this time, ms since the epoch, to the log's `partitions` is
// in the store. nullopt while any of them has delivered nothing yet. The log may tell a later time.
Result<std::optional<int64_t>> ReadCompleteTo(Store& store, uint32_t partitions);

}  // namespace adtally
