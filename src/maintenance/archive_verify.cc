#include "maintenance/archive_verify.h"

#include <map>
#include <utility>

#include "maintenance/archive_manifest.h"
#include "maintenance/archive_names.h"
#include "store/row_binary_reader.h"
#include "tiers/archive_files.h"
#include "tiers/tier_content.h"
#include "tiers/tier_status.h"

namespace adtally {
namespace {

struct RowsAndHash {
  uint64_t rows = 0;
  uint64_t content_hash = 0;
};

class Verifier {
 public:
  Verifier(Store& store, ArchiveStorage& storage,
           const std::function<void(const std::string&)>& progress)
      : store_(store), storage_(storage), progress_(progress) {}

  Result<ArchiveVerification> Run();

 private:
  Result<void> CheckMonth(const TierPartition& month);
  // Whether the file is as it was written; if not, a problem was added.
  Result<bool> CheckFile(const ArchiveFile& file);
  Result<void> CheckManifest(const TierPartition& month, const std::vector<ArchiveFile>& files);
  Result<RowsAndHash> ReadFile(const std::string& name);
  bool Fail(const std::string& name, const std::string& what) {
    result_.problems.push_back(storage_.place().PathOf(name) + " " + what);
    return false;
  }

  Store& store_;
  ArchiveStorage& storage_;
  const std::function<void(const std::string&)>& progress_;
  std::map<std::string, ArchiveStorage::File> listed_;
  ArchiveVerification result_;
};

Result<RowsAndHash> Verifier::ReadFile(const std::string& name) {
  const ArchivePlace& place = storage_.place();
  Statement read = ArchiveTable(place, std::vector{name}, "Parquet", ArchiveStructure());
  read.sql = "SELECT ifNull((SELECT count() FROM " + read.sql + "), 0), ifNull(" +
             ContentHash(read.sql) + ", 0) SETTINGS max_execution_time = 0, " +
             std::string(kArchiveSettings);
  ADTALLY_ASSIGN(const std::string answer, RunOnArchive(store_, place, read, "RowBinary"));
  RowBinaryReader reader(answer);
  RowsAndHash found{.rows = reader.UInt64()};
  found.content_hash = reader.UInt64();
  if (reader.ok()) return found;
  return Error{ErrorCode::kInternal, "the store's answer about the archive cannot be read"};
}

Result<bool> Verifier::CheckFile(const ArchiveFile& file) {
  progress_(file.name);
  const auto listed = listed_.find(file.name);
  if (listed == listed_.end()) return Fail(file.name, "is missing");
  const auto checksum = storage_.Checksum(file.name);
  if (!checksum.ok()) return Fail(file.name, "cannot be read: " + checksum.error().message);
  if (*checksum != file.checksum || listed->second.bytes != file.bytes) {
    return Fail(file.name,
                "is damaged: its checksum is " + *checksum + " instead of " + file.checksum);
  }
  const auto found = ReadFile(file.name);
  if (!found.ok()) return Fail(file.name, "cannot be read as Parquet: " + found.error().message);
  if (found->rows != file.rows || found->content_hash != file.content_hash) {
    return Fail(file.name, "holds " + std::to_string(found->rows) + " rows instead of " +
                               std::to_string(file.rows) + ", or other sums");
  }
  if (listed->second.etag != file.etag) {
    ArchiveFile renewed = file;
    renewed.etag = listed->second.etag;
    ADTALLY_TRY(AddArchiveFiles(store_, {renewed}));
    ++result_.etags_renewed;
  }
  return true;
}

Result<void> Verifier::CheckManifest(const TierPartition& month,
                                     const std::vector<ArchiveFile>& files) {
  const std::string name = ArchiveManifestName(month.partition);
  const auto text = storage_.ReadText(name);
  if (!text.ok()) {
    Fail(name, text.error().code == ErrorCode::kNotFound
                   ? "is missing"
                   : "cannot be read: " + text.error().message);
    return {};
  }
  const auto expected = MakeArchiveManifest(store_, storage_.place(), month, files);
  if (!expected.ok()) {
    Fail(name, "cannot be compared: " + expected.error().message);
  } else if (*expected != *text) {
    Fail(name, "does not say what the files of its month hold; it should be: " + *expected);
  }
  return {};
}

Result<void> Verifier::CheckMonth(const TierPartition& month) {
  ADTALLY_ASSIGN(const std::vector<ArchiveFile> known,
                 ReadArchiveFiles(store_, month.partition, month.partition));
  const std::vector<ArchiveFile> files = PublishedFiles(month, known);
  bool all_good = true;
  for (const ArchiveFile& file : files) {
    ADTALLY_ASSIGN(const bool good, CheckFile(file));
    all_good = all_good && good;
    ++result_.files;
    result_.rows += file.rows;
    result_.bytes += file.bytes;
  }
  ++result_.months;
  if (!all_good) return {};  // its sums cannot be told
  return CheckManifest(month, files);
}

Result<ArchiveVerification> Verifier::Run() {
  ADTALLY_ASSIGN(std::vector<ArchiveStorage::File> listed, storage_.List());
  for (ArchiveStorage::File& file : listed) listed_.emplace(file.name, std::move(file));
  ADTALLY_ASSIGN(const auto archive, ReadTierStatus(store_, Tier::kArchive));
  for (const auto& [number, month] : archive) {
    if (!month.slots.empty()) ADTALLY_TRY(CheckMonth(month));
  }
  return std::move(result_);
}

}  // namespace

Result<ArchiveVerification> VerifyArchive(Store& store, ArchiveStorage& storage,
                                          const std::function<void(const std::string&)>& progress) {
  return Verifier(store, storage, progress).Run();
}

}  // namespace adtally
