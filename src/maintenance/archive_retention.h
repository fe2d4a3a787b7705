#pragma once

#include <cstdint>

#include "base/result.h"
#include "maintenance/archive_pass.h"

namespace adtally {

// Gives up the months of the archive that end at or before `before_s`, seconds since the epoch:
// from then on nobody may read them, and their files are garbage. Returns how many.
Result<uint64_t> RetireArchiveMonths(const ArchivePass& pass, int64_t before_s);

}  // namespace adtally
