#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "store/statement.h"
#include "store/store.h"
#include "tiers/archive_files.h"
#include "tiers/archive_listing.h"
#include "tiers/archive_place.h"

namespace adtally {

// Reads Parquet files of the archive, after it has checked that they are what was written.
// Thread-safe. The clock must outlive it.
//
// In a folder a file must have the size and the checksum of its row in adtally.archive_files. The
// checksum is computed when a file is read for the first time by this process, and again when its
// size, time of change or inode are others; that costs about a second per gigabyte. On S3 its size
// and its etag must be those of the row, by a listing that may be some seconds old.
class ArchiveReader {
 public:
  ArchiveReader(ArchivePlace place, const Clock& clock);

  // What stands after FROM to read all `files` (at least one): a table with the columns of
  // adtally.hour but generation. Parameters are named archive_…, so it can stand in a statement
  // only once. The statement's SETTINGS should have kArchiveSettings. Errors name the file and say
  // what to do: kCorrupt when it is damaged, missing or another one, kUnavailable when it cannot be
  // read now.
  Result<Statement> Source(Store& store, std::span<const ArchiveFile> files);

  const ArchivePlace& place() const { return place_; }

 private:
  // Of a file whose checksum is right.
  struct Stamp {
    uint64_t bytes = 0;
    int64_t changed_ns = 0;
    uint64_t inode = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };

  Result<void> CheckInFolder(const ArchiveFile& file);
  Result<void> CheckOnS3(const ArchiveFile& file, const ArchiveListing& listing) const;
  Result<std::shared_ptr<const ArchiveListing>> List(Store& store);

  const ArchivePlace place_;
  const Clock& clock_;
  std::mutex mutex_;  // of what follows; never held while files are read
  std::map<std::string, Stamp> checked_;
  std::shared_ptr<const ArchiveListing> listing_;
  int64_t listed_us_ = 0;
};

}  // namespace adtally
