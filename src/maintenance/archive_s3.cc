#include "maintenance/archive_s3.h"

#include "maintenance/archive_names.h"
#include "maintenance/s3_client.h"
#include "tiers/archive_listing.h"
#include "tiers/file_checksum.h"

namespace adtally {
namespace {

class ArchiveOnS3 final : public ArchiveStorage {
 public:
  ArchiveOnS3(const ArchivePlace& place, Store& store)
      : ArchiveStorage(place), store_(store), client_(place) {}

  Result<std::string> Begin(const std::string& name) override { return name; }

  Result<File> Finish(const std::string& name) override {
    ADTALLY_ASSIGN(const std::vector<File> files, List());
    for (const File& file : files) {
      if (file.name == name) return file;
    }
    return Error{ErrorCode::kUnavailable, place().PathOf(name) + " was written and is not listed"};
  }

  Result<std::string> Checksum(const std::string& name) override {
    adtally::Checksum checksum;
    ADTALLY_TRY(client_.Get(name, [&](std::string_view bytes) { checksum.Add(bytes); }));
    return checksum.Hex();
  }

  Result<std::vector<File>> List() override {
    ADTALLY_ASSIGN(const ArchiveListing listing, ListS3Archive(store_, place()));
    std::vector<File> files;
    for (const auto& [name, object] : listing) {
      if (!ParseArchiveName(name)) continue;
      files.push_back({.name = name,
                       .bytes = object.bytes,
                       .changed_s = object.changed_s,
                       .etag = object.etag});
    }
    return files;
  }

  Result<void> Remove(const std::string& name) override { return client_.Delete(name); }

  Result<void> WriteText(const std::string& name, std::string_view text) override {
    return client_.Put(name, text);
  }

  Result<std::string> ReadText(const std::string& name) override {
    std::string text;
    ADTALLY_TRY(client_.Get(name, [&](std::string_view bytes) { text += bytes; }));
    return text;
  }

 private:
  Store& store_;
  S3Client client_;
};

}  // namespace

std::unique_ptr<ArchiveStorage> MakeArchiveOnS3(const ArchivePlace& place, Store& store) {
  return std::make_unique<ArchiveOnS3>(place, store);
}

}  // namespace adtally
