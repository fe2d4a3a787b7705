#pragma once

#include <map>

#include "base/result.h"
#include "base/strong.h"
#include "store/store.h"

namespace adtally {

// How far the partitions are delivered, whoever delivers them: all rows of the records before the
// offset are in the store. Partitions of which nothing is delivered yet are left out.
Result<std::map<Partition, Offset>> ReadAllProgress(Store& store);

}  // namespace adtally
