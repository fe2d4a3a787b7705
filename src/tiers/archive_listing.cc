#include "tiers/archive_listing.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "store/row_binary_reader.h"

namespace adtally {
namespace {

// The name below the archive's folder: "hour/2026-11/7-000.parquet" of "bucket/prefix/hour/…".
std::string NameOf(std::string_view path) {
  size_t start = path.size();
  for (int parts = 0; parts < 3 && start != std::string_view::npos && start != 0; ++parts) {
    start = path.rfind('/', start - 1);
  }
  return std::string(path.substr(start == std::string_view::npos ? 0 : start + 1));
}

}  // namespace

Result<ArchiveListing> ListS3Archive(Store& store, const ArchivePlace& place) {
  const std::vector<std::string> pattern = {"hour/*/*.parquet"};
  Statement list = ArchiveTable(place, pattern, "One", "dummy UInt8");
  list.sql =
      "SELECT _path, toUInt64(assumeNotNull(_size)), toString(_etag), "
      "toUInt32(assumeNotNull(_time)) "
      "FROM " +
      list.sql + " SETTINGS " + std::string(kArchiveSettings);
  ADTALLY_ASSIGN(const std::string answer, RunOnArchive(store, place, list, "RowBinary"));
  ArchiveListing listing;
  RowBinaryReader reader(answer);
  while (!reader.done()) {
    const std::string name = NameOf(reader.String());
    ArchiveObject object{.bytes = reader.UInt64()};
    object.etag = reader.String();
    object.changed_s = reader.UInt32();
    listing.emplace(name, object);
  }
  if (reader.ok()) return listing;
  return Error{ErrorCode::kInternal, "the store's answer about the archive cannot be read"};
}

}  // namespace adtally
