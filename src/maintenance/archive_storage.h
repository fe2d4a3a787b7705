#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/store.h"
#include "tiers/archive_place.h"

namespace adtally {

// The archive's files as bytes: what is not done by the store's engine, which writes and reads them
// as tables. Names are below the archive's folder or prefix. Not thread-safe.
// Errors: kUnavailable; the message says which file, and holds no secret.
class ArchiveStorage {
 public:
  struct File {
    std::string name = {};
    uint64_t bytes = 0;
    int64_t changed_s = 0;  // seconds since the epoch
    std::string etag = {};  // empty in a folder
  };

  virtual ~ArchiveStorage() = default;

  const ArchivePlace& place() const { return place_; }

  // Makes ready for a new file, and says under which name the engine is to write it.
  virtual Result<std::string> Begin(const std::string& name) = 0;
  // Makes what was written durable, under its own name. From then on it is there as a whole.
  virtual Result<File> Finish(const std::string& name) = 0;

  virtual Result<std::string> Checksum(const std::string& name) = 0;
  // Files and drafts with names of the archive.
  virtual Result<std::vector<File>> List() = 0;
  // One that is not there is no error.
  virtual Result<void> Remove(const std::string& name) = 0;

  // Small files, replaced as a whole. Read: kNotFound when there is none.
  virtual Result<void> WriteText(const std::string& name, std::string_view text) = 0;
  virtual Result<std::string> ReadText(const std::string& name) = 0;

 protected:
  explicit ArchiveStorage(ArchivePlace place) : place_(std::move(place)) {}

 private:
  const ArchivePlace place_;
};

// That of a place that is not kNone. The store must outlive it.
std::unique_ptr<ArchiveStorage> MakeArchiveStorage(const ArchivePlace& place, Store& store);

}  // namespace adtally
