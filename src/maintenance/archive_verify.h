#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "maintenance/archive_storage.h"
#include "store/store.h"

namespace adtally {

struct ArchiveVerification {
  uint64_t months = 0;
  uint64_t files = 0;
  uint64_t rows = 0;
  uint64_t bytes = 0;
  uint64_t etags_renewed = 0;         // of objects with the right bytes under another etag
  std::vector<std::string> problems;  // each names its file
};

// Reads every file of the archive fully, and compares its checksum, rows and sums with the store's
// table and with the month's manifest.json. On S3 it also takes over the etags of objects whose
// bytes are right: after they were copied from elsewhere. `progress` hears of each file before it
// is read. Errors: when the store does not answer.
Result<ArchiveVerification> VerifyArchive(Store& store, ArchiveStorage& storage,
                                          const std::function<void(const std::string&)>& progress);

}  // namespace adtally
