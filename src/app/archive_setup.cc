#include "app/archive_setup.h"

#include <filesystem>
#include <string_view>

#include "app/secrets.h"
#include "base/ascii.h"

namespace adtally {
namespace {

// The engine would take them for a pattern of several names.
constexpr std::string_view kPatternCharacters = "*?{},";

Error Bad(std::string_view option, std::string_view problem) {
  return {ErrorCode::kInvalidArgument, std::string(option) + ": " + std::string(problem)};
}

Result<ArchivePlace> FolderFor(const Config& config, const std::string& data_dir) {
  if (config.store_kind == "clickhouse") {
    return Bad("archive.kind",
               "\"folder\" is not possible with store.kind = \"clickhouse\", whose server would "
               "look for it on its own disk; set it to \"s3\", or to \"none\" to keep all hours in "
               "the store");
  }
  std::error_code error;
  const std::string folder =
      config.archive_folder.empty() ? data_dir + "/archive" : config.archive_folder;
  ArchivePlace place{.kind = ArchivePlace::Kind::kFolder};
  place.folder = std::filesystem::absolute(folder, error).lexically_normal().string();
  if (error) return Bad("archive.folder", folder + ": " + error.message());
  while (place.folder.size() > 1 && place.folder.back() == '/') place.folder.pop_back();
  if (place.folder.find_first_of(kPatternCharacters) == std::string::npos) return place;
  return Bad("archive.folder",
             place.folder + " must not have any of " + std::string(kPatternCharacters) + " in it");
}

Result<ArchivePlace> S3For(const Config& config) {
  ArchivePlace place{.kind = ArchivePlace::Kind::kS3,
                     .s3_url = config.archive_s3_url,
                     .s3_key = config.archive_s3_key};
  while (place.s3_url.ends_with('/')) place.s3_url.pop_back();
  const bool is_url = StartsWithIgnoreCase(place.s3_url, "http://") ||
                      StartsWithIgnoreCase(place.s3_url, "https://");
  const size_t host = place.s3_url.find("://") + 3;
  if (!is_url || place.s3_url.find('/', host) == std::string::npos) {
    return Bad("archive.s3_url",
               "expected https://HOST/BUCKET or https://HOST/BUCKET/PREFIX, got "
               "\"" +
                   place.s3_url + '"');
  }
  if (place.s3_url.find_first_of(kPatternCharacters) != std::string::npos) {
    return Bad("archive.s3_url",
               "must not have any of " + std::string(kPatternCharacters) + " in it");
  }
  ADTALLY_ASSIGN(place.s3_secret, ArchiveSecret(config));
  if (place.s3_key.empty() == place.s3_secret.empty()) return place;
  return Bad("archive.s3_key",
             "goes with archive.s3_secret or archive.s3_secret_file: set both or "
             "neither");
}

}  // namespace

Result<ArchivePlace> ArchivePlaceFor(const Config& config, const std::string& data_dir) {
  const bool embedded = config.store_kind == "chdb";
  if (config.archive_kind == "none") return ArchivePlace();
  if (config.archive_kind == "auto" && !embedded) return ArchivePlace();
  return config.archive_kind == "s3" ? S3For(config) : FolderFor(config, data_dir);
}

ArchiveOptions ArchiveOptionsFor(const Config& config) {
  return {.file_rows = static_cast<uint64_t>(config.archive_file_rows),
          .hour_days = config.retention_hour_days,
          .day_days = config.retention_day_days};
}

}  // namespace adtally
