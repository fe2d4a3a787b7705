#include "tiers/archive_reader.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "tiers/archive_listing.h"
#include "tiers/file_checksum.h"

namespace adtally {
namespace {

// How long a listing of S3 is believed.
constexpr int64_t kListingLifeUs = 5'000'000;

constexpr std::string_view kRepair =
    "bring it back from a copy and check it with 'adtally archive --verify'";

// Named as below the archive's folder or prefix: who reads a report need not know where that is.
Error Damaged(const std::string& name, const std::string& what) {
  return Error{ErrorCode::kCorrupt,
               "the archive's file " + name + " " + what + ": " + std::string(kRepair)};
}

Error Missing(const std::string& name) {
  return Damaged(name, "is missing");
}

Error OtherSize(const std::string& name, uint64_t bytes, uint64_t expected) {
  return Damaged(name,
                 "has " + std::to_string(bytes) + " bytes instead of " + std::to_string(expected));
}

}  // namespace

ArchiveReader::ArchiveReader(ArchivePlace place, const Clock& clock)
    : place_(std::move(place)), clock_(clock) {}

Result<Statement> ArchiveReader::Source(Store& store, std::span<const ArchiveFile> files) {
  if (place_.kind == ArchivePlace::Kind::kNone) {
    return Error{ErrorCode::kUnavailable,
                 "these times are in the archive, and archive.kind is \"none\": configure the "
                 "[archive] that they were written to"};
  }
  std::shared_ptr<const ArchiveListing> listing;
  if (place_.kind == ArchivePlace::Kind::kS3) {
    ADTALLY_ASSIGN(listing, List(store));
  }
  std::vector<std::string> names;
  for (const ArchiveFile& file : files) {
    ADTALLY_TRY(listing ? CheckOnS3(file, *listing) : CheckInFolder(file));
    names.push_back(file.name);
  }
  return ArchiveTable(place_, names, "Parquet", ArchiveStructure());
}

Result<void> ArchiveReader::CheckInFolder(const ArchiveFile& file) {
  const std::string path = place_.PathOf(file.name);
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return Missing(file.name);
    return Error{ErrorCode::kUnavailable, "the archive's file " + file.name + " cannot be read: " +
                                              std::string(std::strerror(errno))};
  }
  const Stamp stamp{.bytes = static_cast<uint64_t>(status.st_size),
                    .changed_ns = status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec,
                    .inode = status.st_ino};
  if (stamp.bytes != file.bytes) return OtherSize(file.name, stamp.bytes, file.bytes);
  const std::string key = path + ' ' + file.checksum;
  {
    const std::lock_guard lock(mutex_);
    const auto known = checked_.find(key);
    if (known != checked_.end() && known->second == stamp) return {};
  }
  ADTALLY_ASSIGN(const std::string checksum, ChecksumOfFile(path));
  if (checksum != file.checksum) {
    return Damaged(file.name, "is damaged (its checksum is " + checksum + " instead of " +
                                  file.checksum + ")");
  }
  const std::lock_guard lock(mutex_);
  checked_[key] = stamp;
  return {};
}

Result<void> ArchiveReader::CheckOnS3(const ArchiveFile& file,
                                      const ArchiveListing& listing) const {
  const auto object = listing.find(file.name);
  if (object == listing.end()) return Missing(file.name);
  if (object->second.bytes != file.bytes) {
    return OtherSize(file.name, object->second.bytes, file.bytes);
  }
  if (object->second.etag == file.etag) return {};
  return Damaged(file.name, "was changed (its etag is " + object->second.etag + " instead of " +
                                file.etag + ")");
}

Result<std::shared_ptr<const ArchiveListing>> ArchiveReader::List(Store& store) {
  const int64_t now_us = clock_.MonotonicMicros();
  {
    const std::lock_guard lock(mutex_);
    if (listing_ && now_us - listed_us_ < kListingLifeUs) return listing_;
  }
  ADTALLY_ASSIGN(ArchiveListing listed, ListS3Archive(store, place_));
  auto listing = std::make_shared<const ArchiveListing>(std::move(listed));
  const std::lock_guard lock(mutex_);
  listing_ = listing;
  listed_us_ = now_us;
  return listing;
}

}  // namespace adtally
