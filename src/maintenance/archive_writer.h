#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "maintenance/archive_pass.h"
#include "maintenance/archive_plan.h"
#include "tiers/archive_files.h"

namespace adtally {

// Writes the days of `month.write` under `generation` into files, sorted as the table is, each of
// whole advertisers. Each was read back when this returns: its checksum taken, and its rows found
// to be those of the store. `progress` has the month's place in the pass. What it wrote is garbage
// until it is published. Fewer files when a stop was requested. Errors: kUnavailable, kCorrupt.
Result<std::vector<ArchiveFile>> WriteArchiveFiles(const ArchivePass& pass, const DueMonth& month,
                                                   Generation generation, ArchiveProgress progress);

}  // namespace adtally
