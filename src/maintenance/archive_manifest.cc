#include "maintenance/archive_manifest.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "base/json_writer.h"
#include "maintenance/archive_names.h"
#include "store/row_binary_reader.h"
#include "tiers/tier_content.h"

namespace adtally {
namespace {

// Larger when the meaning of a field changes.
constexpr uint64_t kFormat = 1;

// The sum of each of kMeasureColumns.
struct Sums {
  uint64_t rows = 0;
  std::vector<std::pair<std::string, int64_t>> measures;
};

Result<Sums> SumFiles(Store& store, const ArchivePlace& place,
                      const std::vector<ArchiveFile>& files) {
  if (files.empty()) return Sums();
  std::vector<std::string> names;
  for (const ArchiveFile& file : files) names.push_back(file.name);
  Statement read = ArchiveTable(place, names, "Parquet", ArchiveStructure());
  read.sql = "SELECT count(), " + SummedMeasures() + " FROM " + read.sql +
             " SETTINGS max_execution_time = 0, " + std::string(kArchiveSettings);
  ADTALLY_ASSIGN(const std::string answer, RunOnArchive(store, place, read, "RowBinary"));
  RowBinaryReader reader(answer);
  Sums sums{.rows = reader.UInt64(), .measures = {}};
  for (const std::string_view name : MeasureNames()) {
    sums.measures.emplace_back(name, reader.Int64());
  }
  if (reader.ok()) return sums;
  return Error{ErrorCode::kInternal, "the store's answer about the archive cannot be read"};
}

void AddFile(const ArchiveFile& file, JsonWriter& json) {
  json.BeginObject();
  json.Key("name");
  json.String(file.name);
  json.Key("rows");
  json.UInt(file.rows);
  json.Key("bytes");
  json.UInt(file.bytes);
  json.Key("xxh3_128");
  json.String(file.checksum);
  json.Key("content_hash");
  json.String(std::to_string(file.content_hash));
  json.Key("first_advertiser_id");
  json.UInt(file.first_advertiser_id);
  json.Key("last_advertiser_id");
  json.UInt(file.last_advertiser_id);
  json.EndObject();
}

}  // namespace

std::vector<ArchiveFile> PublishedFiles(const TierPartition& status,
                                        const std::vector<ArchiveFile>& files) {
  std::vector<ArchiveFile> published;
  std::ranges::copy_if(files, std::back_inserter(published), [&](const ArchiveFile& file) {
    return file.month == status.partition &&
           std::ranges::find(status.slots, file.generation, &TierSlot::generation) !=
               status.slots.end();
  });
  return published;
}

Result<std::string> MakeArchiveManifest(Store& store, const ArchivePlace& place,
                                        const TierPartition& status,
                                        const std::vector<ArchiveFile>& files) {
  ADTALLY_ASSIGN(const Sums sums, SumFiles(store, place, files));
  uint64_t rows = 0;
  uint64_t bytes = 0;
  for (const ArchiveFile& file : files) {
    rows += file.rows;
    bytes += file.bytes;
  }
  if (rows != sums.rows) {
    return Error{ErrorCode::kCorrupt, "the files of " + MonthText(status.partition) + " in " +
                                          place.PathOf("hour") + " have " +
                                          std::to_string(sums.rows) + " rows instead of " +
                                          std::to_string(rows)};
  }
  JsonWriter json;
  json.BeginObject();
  json.Key("format");
  json.UInt(kFormat);
  json.Key("month");
  json.String(MonthText(status.partition));
  json.Key("days");
  json.BeginArray();
  for (const TierSlot& slot : status.slots) json.UInt(slot.slot);
  json.EndArray();
  json.Key("rows");
  json.UInt(rows);
  json.Key("bytes");
  json.UInt(bytes);
  const std::vector<std::string_view> later = MeasureNames(kLaterMeasureColumns);
  json.Key("sums");
  json.BeginObject();
  for (const auto& [name, sum] : sums.measures) {
    if (sum == 0 && std::ranges::find(later, name) != later.end()) continue;
    json.Key(name);
    json.Int(sum);
  }
  json.EndObject();
  json.Key("files");
  json.BeginArray();
  for (const ArchiveFile& file : files) AddFile(file, json);
  json.EndArray();
  json.EndObject();
  return json.Take() + "\n";
}

}  // namespace adtally
