#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tiers/tier.h"

namespace adtally {

// What stands in the archive, below its folder or prefix. Nothing else there is ever touched.

// "hour/2026-11/3735928559-000.parquet", the first file of a generation.
std::string ArchiveFileName(uint32_t month, Generation generation, uint32_t number);
// A file in a folder while it is written.
std::string ArchiveDraftName(std::string_view name);
// "hour/2026-11/manifest.json".
std::string ArchiveManifestName(uint32_t month);
// "2026-11", for people.
std::string MonthText(uint32_t month);

struct ArchiveName {
  uint32_t month = 0;
  Generation generation = 0;
  bool is_draft = false;
};
// The name of a Parquet file or its draft; nullopt when the archive does not make such names.
std::optional<ArchiveName> ParseArchiveName(std::string_view name);

}  // namespace adtally
