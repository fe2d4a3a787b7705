#include "tiers/archive_files.h"

#include <string_view>
#include <utility>

#include "store/row_binary_reader.h"
#include "store/statement.h"

namespace adtally {
namespace {

constexpr std::string_view kColumns =
    "month, generation, name, first_advertiser_id, last_advertiser_id, rows, bytes, checksum, "
    "content_hash, etag";

Statement InsertOf(const ArchiveFile& file) {
  return {"INSERT INTO adtally.archive_files (" + std::string(kColumns) +
              ") SELECT {month:UInt32}, {generation:UInt32}, {name:String}, {first:UInt32}, "
              "{last:UInt32}, {rows:UInt64}, {bytes:UInt64}, {checksum:String}, {hash:UInt64}, "
              "{etag:String}",
          {{"month", std::to_string(file.month)},
           {"generation", std::to_string(file.generation)},
           {"name", file.name},
           {"first", std::to_string(file.first_advertiser_id)},
           {"last", std::to_string(file.last_advertiser_id)},
           {"rows", std::to_string(file.rows)},
           {"bytes", std::to_string(file.bytes)},
           {"checksum", file.checksum},
           {"hash", std::to_string(file.content_hash)},
           {"etag", file.etag}}};
}

}  // namespace

Result<std::vector<ArchiveFile>> ReadArchiveFiles(Store& store, uint32_t first_month,
                                                  uint32_t last_month) {
  const Statement select = {
      "SELECT " + std::string(kColumns) +
          " FROM adtally.archive_files FINAL WHERE month >= {first:UInt32} AND month <= "
          "{last:UInt32} ORDER BY month, generation, name",
      {{"first", std::to_string(first_month)}, {"last", std::to_string(last_month)}}};
  ADTALLY_ASSIGN(const std::string answer, RunStatement(store, select, "RowBinary"));
  std::vector<ArchiveFile> files;
  RowBinaryReader reader(answer);
  while (!reader.done()) {
    ArchiveFile file{.month = reader.UInt32(), .generation = reader.UInt32()};
    file.name = reader.String();
    file.first_advertiser_id = reader.UInt32();
    file.last_advertiser_id = reader.UInt32();
    file.rows = reader.UInt64();
    file.bytes = reader.UInt64();
    file.checksum = reader.String();
    file.content_hash = reader.UInt64();
    file.etag = reader.String();
    files.push_back(std::move(file));
  }
  if (reader.ok()) return files;
  return Error{ErrorCode::kInternal,
               "the store's answer about adtally.archive_files cannot be read"};
}

Result<void> AddArchiveFiles(Store& store, const std::vector<ArchiveFile>& files) {
  for (const ArchiveFile& file : files) ADTALLY_TRY(RunStatement(store, InsertOf(file), ""));
  return {};
}

}  // namespace adtally
