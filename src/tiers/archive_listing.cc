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

// The engine's sentence may quote what it was given.
std::string Without(std::string text, const std::string& secret) {
  for (size_t at = 0; !secret.empty() && (at = text.find(secret, at)) != std::string::npos;) {
    text.replace(at, secret.size(), "***");
  }
  return text;
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
  const auto answer = store.Query(list.sql, list.params, "RowBinary");
  if (!answer.ok()) {
    return Error{ErrorCode::kUnavailable,
                 "the archive at " + place.PathOf("hour") +
                     " cannot be listed: " + Without(answer.error().message, place.s3_secret)};
  }
  ArchiveListing listing;
  RowBinaryReader reader(*answer);
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
