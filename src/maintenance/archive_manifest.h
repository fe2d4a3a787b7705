#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/store.h"
#include "tiers/archive_files.h"
#include "tiers/archive_place.h"
#include "tiers/tier_status.h"

namespace adtally {

// The text of a month's manifest.json: what its files are and what they hold, for people and for
// programs that know nothing of the store. `status` is what is published of the month, or will be;
// `files` are those of its generations. The sums of all measures are read from the files, all at
// once: a second look at what was written. Errors: kUnavailable, kCorrupt when the files together
// have another number of rows.
Result<std::string> MakeArchiveManifest(Store& store, const ArchivePlace& place,
                                        const TierPartition& status,
                                        const std::vector<ArchiveFile>& files);

// Of `files` those that `status` publishes.
std::vector<ArchiveFile> PublishedFiles(const TierPartition& status,
                                        const std::vector<ArchiveFile>& files);

}  // namespace adtally
