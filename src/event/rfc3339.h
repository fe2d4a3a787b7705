#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace adtally {

// Reads RFC 3339 text (2026-11-23T12:00:00.5Z, or an offset such as +01:00) as ms since the Unix
// epoch. Digits of the fraction beyond milliseconds are cut off. A leap second (:60) is the first
// of the next minute. nullopt for anything else, impossible dates included.
std::optional<int64_t> ParseRfc3339(std::string_view text);

// In UTC with milliseconds: 2026-11-23T12:00:00.500Z. For years 0 to 9999.
std::string FormatRfc3339(int64_t ms_since_epoch);

}  // namespace adtally
