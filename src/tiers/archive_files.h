#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/store.h"
#include "tiers/tier.h"

namespace adtally {

// One Parquet file of an archived month: a row of adtally.archive_files.
struct ArchiveFile {
  uint32_t month = 0;  // MonthNumber
  Generation generation = 0;
  std::string name = {};  // below the archive's folder or prefix: "hour/2026-11/7-000.parquet"
  uint32_t first_advertiser_id = 0;  // its rows are of these advertisers, both included
  uint32_t last_advertiser_id = 0;
  uint64_t rows = 0;
  uint64_t bytes = 0;
  std::string checksum = {};  // XXH3-128 of its bytes: see ChecksumOfFile
  uint64_t content_hash = 0;  // ContentHash of its rows
  std::string etag = {};      // what S3 calls its content; empty in a folder
  friend bool operator==(const ArchiveFile&, const ArchiveFile&) = default;
};

// All files that the store knows of months `first` to `last`, both included, by month, generation
// and name. Of a month only those may be read whose generation a slot of its published
// TierPartition (Tier::kArchive) names, and of those all.
Result<std::vector<ArchiveFile>> ReadArchiveFiles(Store& store, uint32_t first_month,
                                                  uint32_t last_month);

// Adds them. Doing it again changes nothing.
Result<void> AddArchiveFiles(Store& store, const std::vector<ArchiveFile>& files);

}  // namespace adtally
