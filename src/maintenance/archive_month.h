#pragma once

#include <cstdint>

#include "base/result.h"
#include "maintenance/archive_pass.h"
#include "maintenance/archive_plan.h"

namespace adtally {

struct ArchivedMonth {
  bool published = false;  // days were written and are in the archive now
  uint64_t files = 0;      // written, as are
  uint64_t rows = 0;
  uint64_t bytes = 0;
  uint64_t days_removed = 0;  // of the hour tier: nobody may begin to read them there any more
};

// Writes what is due of a month, publishes it, and takes its days out of the hour tier's status;
// their rows are dropped later as those of any generation that is not published. Whatever fails or
// is killed, each day is in the one tier or the other, or in both with the same rows; the next run
// goes on from what was published. `progress` has the month's place in the pass.
Result<ArchivedMonth> ArchiveMonth(const ArchivePass& pass, const DueMonth& due,
                                   const ArchiveProgress& progress);

}  // namespace adtally
