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

// Seconds since the Unix epoch as "2026-11-01T12:30:00Z", or with "+01:00" when an offset in
// seconds east of UTC is given (0 included). For years 0 to 9999, like the next.
std::string FormatRfc3339(int64_t utc_s, std::optional<int32_t> offset_s);
// Milliseconds since the Unix epoch as "2026-11-01T12:30:00.123Z".
std::string FormatRfc3339Millis(int64_t utc_ms);

}  // namespace adtally
