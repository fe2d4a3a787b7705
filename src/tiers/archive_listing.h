#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/result.h"
#include "store/store.h"
#include "tiers/archive_place.h"

namespace adtally {

struct ArchiveObject {
  uint64_t bytes = 0;
  std::string etag = {};
  int64_t changed_s = 0;  // seconds since the epoch
};
// By name below the archive's prefix.
using ArchiveListing = std::map<std::string, ArchiveObject>;

// The Parquet files of an archive on S3: "hour/*/*.parquet". Empty when there are none. Errors:
// kUnavailable when it does not answer or refuses; the message says which one, and holds no secret.
Result<ArchiveListing> ListS3Archive(Store& store, const ArchivePlace& place);

}  // namespace adtally
