#include "tiers/archive_place.h"

#include "base/check.h"
#include "tiers/tier_content.h"

namespace adtally {
namespace {

// One name, or all in braces: {a,b}.
std::string Pattern(std::span<const std::string> names) {
  if (names.size() == 1) return names.front();
  std::string pattern = "{";
  for (const std::string& name : names) {
    if (pattern.size() > 1) pattern += ',';
    pattern += name;
  }
  return pattern + '}';
}

// The engine's sentence may quote what it was given.
std::string Without(std::string text, const std::string& secret) {
  for (size_t at = 0; !secret.empty() && (at = text.find(secret, at)) != std::string::npos;) {
    text.replace(at, secret.size(), "***");
  }
  return text;
}

}  // namespace

std::string ArchivePlace::PathOf(std::string_view name) const {
  return (kind == Kind::kS3 ? s3_url : folder) + '/' + std::string(name);
}

std::string ArchiveColumns() {
  return "hour, hour_minutes, " + std::string(kDimensionColumns) + ", " +
         std::string(kMeasureColumns);
}

std::string ArchiveStructure() {
  std::string structure =
      "hour DateTime('UTC'), hour_minutes UInt8, advertiser_id UInt32, campaign_id UInt32, "
      "ad_group_id UInt32, creative_id UInt32, device Enum8('other' = 0, 'desktop' = 1, "
      "'mobile' = 2, 'tablet' = 3, 'tv' = 4), country LowCardinality(String), region "
      "LowCardinality(String)";
  for (const std::string_view name : MeasureNames()) {
    structure += ", " + std::string(name) + (name.ends_with("_micros") ? " Int64" : " UInt64");
  }
  return structure;
}

Statement ArchiveTable(const ArchivePlace& place, std::span<const std::string> names,
                       std::string_view format, std::string_view structure) {
  ADTALLY_CHECK(place.kind != ArchivePlace::Kind::kNone && !names.empty(), "no archive to read");
  Statement table{"",
                  {{"archive_path", place.PathOf(Pattern(names))},
                   {"archive_format", std::string(format)},
                   {"archive_structure", std::string(structure)}}};
  if (place.kind == ArchivePlace::Kind::kFolder) {
    table.sql = "file({archive_path:String}, {archive_format:String}, {archive_structure:String})";
    return table;
  }
  if (place.s3_key.empty()) {
    table.sql =
        "s3({archive_path:String}, NOSIGN, {archive_format:String}, {archive_structure:String})";
    return table;
  }
  table.sql =
      "s3({archive_path:String}, {archive_key:String}, {archive_secret:String}, "
      "{archive_format:String}, {archive_structure:String})";
  table.params.push_back({"archive_key", place.s3_key});
  table.params.push_back({"archive_secret", place.s3_secret});
  return table;
}

Result<std::string> RunOnArchive(Store& store, const ArchivePlace& place,
                                 const Statement& statement, std::string_view format) {
  auto answer = store.Query(statement.sql, statement.params, format);
  if (answer.ok()) return answer;
  return Error{ErrorCode::kUnavailable, "the archive at " + place.PathOf("hour") + ": " +
                                            Without(answer.error().message, place.s3_secret)};
}

}  // namespace adtally
